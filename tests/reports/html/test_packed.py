from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from harness.reports.html.drawing import drawing
from harness.reports.html.packed import PackedCase, packed, packed_within
from tests.support.reports import HARM, hostile, lost


def case(number: int = 1) -> PackedCase:
    found = lost().told_run.exhibit
    assert found is not None
    assert found.timeline is not None
    return PackedCase(number=number, rerun="deadair run x", summary="", drawing=drawing(found.timeline))


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def test_every_shape_is_in_every_column() -> None:
    one = case()
    data = unpacked(packed([one, case(2)]))

    shapes = 2 * sum(len(lane.shapes) for lane in one.drawing.lanes)
    columns = ("x", "width", "radius", "row", "tone", "what", "label", "at")
    assert {name: len(data[name]) for name in columns} == dict.fromkeys(columns, shapes)
    assert [told[0] for told in data["cases"]] == [1, 2]


def test_places_are_told_from_the_shape_before() -> None:
    one = case()
    data = unpacked(packed([one]))

    first = one.drawing.lanes[0].shapes
    assert [sum(data["x"][: n + 1]) for n in range(len(first))] == [shape.x for shape in first]


def test_nothing_that_means_harm_can_leave_the_packing() -> None:
    found = hostile(HARM).told_run.exhibit
    assert found is not None
    assert found.timeline is not None

    text = packed([PackedCase(number=1, rerun=HARM, summary=HARM, drawing=drawing(found.timeline))])

    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    assert "\x1b" not in str(unpacked(text)["words"])


def test_as_many_are_packed_as_fit() -> None:
    cases = [case(number) for number in range(60)]
    room = len(packed(cases[:40]))

    text, fit = packed_within(cases, room)

    assert len(text) <= room
    assert 20 <= fit <= 40
    assert text == packed(cases[:fit])


def test_where_nothing_fits_nothing_is_packed() -> None:
    assert packed_within([case()], 10)[1] == 0
