"""Numbers in single precision."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from mock_servers.deepgram.float32 import float32, span


def test_a_number_is_printed_in_the_fewest_digits_that_name_it():
    assert [float32(value) for value in (0.0, 9.54, 1.0799375, 0.1 + 0.2)] == [0.0, 9.54, 1.0799375, 0.3]


@given(st.floats(min_value=0, max_value=100_000, allow_nan=False))
def test_a_printed_number_is_the_same_single(value: float):
    assert struct.pack("<f", float32(value)) == struct.pack("<f", value)


def test_a_span_keeps_the_last_digit_that_single_precision_leaves_behind():
    assert span(7.3, 9.38) == 2.08
    assert span(4.75, 7.3) == 2.5500002
