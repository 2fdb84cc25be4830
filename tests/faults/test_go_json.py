"""JSON in Go's manner. The error texts are held against Toxiproxy in tests/conformance/test_http_face.py."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults.go_json import JsonError, Number, Object, Value, encode, first_value


def plain(value: Value) -> object:
    match value:
        case Number(literal):
            return json.loads(literal)
        case Object(members):
            return {key: plain(member) for key, member in members}
        case tuple():
            return [plain(element) for element in value]
    return value


_VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES, st.booleans())
def test_every_json_text_is_read(value: object, ascii_only: bool) -> None:
    assert plain(first_value(json.dumps(value, ensure_ascii=ascii_only).encode())) == value


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:\\u0123-.eEtrufalsn ', max_size=40).map(str.encode))
def test_any_bytes_give_a_value_or_an_error(body: bytes) -> None:
    try:
        value: object = first_value(body)
    except JsonError as error:
        value = error

    assert value is None or isinstance(value, bool | str | Number | tuple | Object | JsonError)


def test_nesting_has_a_bound() -> None:
    with pytest.raises(JsonError, match="exceeded max depth"):
        first_value(b"[" * 100_000)


@pytest.mark.parametrize(
    ("number", "written"),
    [(1.0, "1"), (0.0, "0"), (-1.0, "-1"), (0.3, "0.3"), (1 / 3, "0.33333334"), (1e-7, "1e-7"), (1.5e30, "1.5e+30")],
)
def test_a_float_is_written_as_the_32_bits_that_go_has(number: float, written: str) -> None:
    assert encode(number) == written


@given(st.text())
def test_a_text_is_read_back_as_it_was_written(text: str) -> None:
    assert first_value(encode(text).encode("utf-8")) == text
