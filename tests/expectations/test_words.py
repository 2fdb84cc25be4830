from __future__ import annotations

import pytest

from harness.expectations.words import each, fields_said, lasting, limit, meets, moment, named, ordinal, span_limit
from harness.scenario.model import Bound, Matcher, Tolerance


@pytest.mark.parametrize(
    ("us", "said"),
    [
        (0, "0 ms"),
        (312, "312 µs"),
        (1_000, "1 ms"),
        (62_500, "62.5 ms"),
        (999_940, "999.9 ms"),
        (999_960, "1 s"),
        (5_200_000, "5.2 s"),
        (7_040_123, "7.04 s"),
        (float("inf"), "forever"),
    ],
)
def test_a_span_is_said_with_the_unit_that_fits_it(us: float, said: str) -> None:
    assert lasting(us) == said


def test_a_moment_is_always_said_in_seconds() -> None:
    assert moment(40_000) == "0.04 s"


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
)
def test_numbers_are_counted_as_people_do(number: int, said: str) -> None:
    assert ordinal(number) == said


@pytest.mark.parametrize(
    ("tolerance", "said"),
    [
        (Tolerance(share_min=0.95, share_max=1.05), "±5 %"),
        (Tolerance(off_us=50_000), "±50 ms"),
        (Tolerance(share_min=0.75, share_max=1.0), "75 % to 100 %"),
    ],
)
def test_a_tolerance_is_said_as_it_was_written(tolerance: Tolerance, said: str) -> None:
    assert each(tolerance) == said


def test_a_bound_is_said_in_words() -> None:
    assert span_limit(Bound(op="<=", value=100_000)) == "at most 100 ms"
    assert limit(Bound(op="==", value=6)) == "6"
    assert limit(Bound(op=">", value=2)) == "more than 2"


@pytest.mark.parametrize(("op", "met"), [("<", [1]), ("<=", [1, 2]), ("==", [2]), (">=", [2, 3]), (">", [3])])
def test_a_bound_is_met_by_the_numbers_on_its_side(op: str, met: list[int]) -> None:
    bound = Bound.model_validate({"op": op, "value": 2})

    assert [number for number in (1, 2, 3) if meets(bound, number)] == met


def test_a_matcher_is_said_with_its_fields() -> None:
    matcher = Matcher(event="connection.reconnecting", nth=2, fields={"attempt": 1, "component": "stt"})

    assert named(matcher) == '2nd connection.reconnecting {attempt: 1, component: "stt"}'


def test_fields_that_nobody_could_read_are_not_said() -> None:
    assert fields_said({"text": "x" * 500}) == ""
