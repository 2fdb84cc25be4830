"""Quantities: what a person writes and what it comes to, exactly."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario.model import Bound, Tolerance
from harness.scenario.quantities import (
    DURATION_US_MAX,
    NoQuantity,
    bound_count,
    bound_us,
    duration_us,
    rate_bytes_per_s,
    said_us,
    share,
    size_bytes,
    tolerance,
)

READERS = [duration_us, rate_bytes_per_s, size_bytes, share, bound_us, bound_count, tolerance]


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("0s", 0),
        ("100us", 100),
        ("500ms", 500_000),
        ("0.5ms", 500),
        ("1s", 1_000_000),
        ("1.5s", 1_500_000),
        ("2m", 120_000_000),
        ("1h", 3_600_000_000),
    ],
)
def test_a_duration_is_whole_microseconds(text: str, us: int):
    assert duration_us(text) == us


@given(st.integers(min_value=0, max_value=DURATION_US_MAX))
def test_a_duration_that_is_said_reads_back_equal(us: int):
    assert duration_us(said_us(us)) == us


@given(st.decimals(min_value=0, max_value=9999, places=3))
def test_a_decimal_of_seconds_is_exact(seconds):
    assert duration_us(f"{seconds:f}s") == int(seconds * 1_000_000)


@pytest.mark.parametrize(
    "text", ["", "s", "1", "-1s", "1 s", "1S", "1,5s", "1.s", ".5s", "1e3s", "1:30", "١s", "nan", "1ss"]
)
def test_what_is_no_duration_is_refused(text: str):
    with pytest.raises(NoQuantity):
        duration_us(text)


def test_a_duration_without_a_unit_is_told_both_that_it_may_mean():
    with pytest.raises(NoQuantity) as refused:
        duration_us("500")

    assert refused.value.advice == "write 500ms or 500s"


def test_a_week_is_the_longest_duration():
    assert duration_us("168h") == DURATION_US_MAX
    with pytest.raises(NoQuantity, match="more than 7 days"):
        duration_us("169h")


def test_a_kilobyte_is_a_thousand_bytes_as_in_toxiproxy():
    assert rate_bytes_per_s("64KB/s") == 64_000
    assert size_bytes("1.5KB") == 1_500


@pytest.mark.parametrize("text", ["64", "64KB", "64kb/s", "64 KB/s", "-1KB/s", "KB/s", "0.0001KB/s"])
def test_what_is_no_rate_is_refused(text: str):
    with pytest.raises(NoQuantity):
        rate_bytes_per_s(text)


@pytest.mark.parametrize("text", ["300", "300KB/s", "300b", "0.5B", "1001MB"])
def test_what_is_no_size_is_refused(text: str):
    with pytest.raises(NoQuantity):
        size_bytes(text)


@given(st.integers(min_value=0, max_value=100))
def test_a_share_of_percents_is_that_part_of_one(percent: int):
    assert share(f"{percent}%") == percent / 100


@pytest.mark.parametrize("text", ["0.3", "30", "101%", "-1%", "%", "30 %"])
def test_what_is_no_share_is_refused(text: str):
    with pytest.raises(NoQuantity):
        share(text)


def test_a_decimal_share_is_advised_as_the_percents_that_it_means():
    with pytest.raises(NoQuantity) as refused:
        share("0.95")

    assert refused.value.advice == "write 95%"


@given(st.sampled_from(["<", "<=", "==", ">=", ">"]), st.integers(0, 10**9), st.sampled_from(["", " ", "  "]))
def test_a_bound_is_its_comparator_with_its_value(op: str, us: int, space: str):
    assert bound_us(f"{op}{space}{said_us(us)}") == Bound.model_validate({"op": op, "value": us})


def test_a_bare_value_asks_for_exactly_that():
    assert bound_us("0ms") == Bound(op="==", value=0)
    assert bound_count("3") == Bound(op="==", value=3)


@pytest.mark.parametrize("text", ["", "=< 3", "<> 3", "<", "three", "3.5", "-1", "<= 100ms", "1000001"])
def test_what_is_no_count_is_refused(text: str):
    with pytest.raises(NoQuantity):
        bound_count(text)


@given(st.integers(min_value=0, max_value=100))
def test_a_tolerance_in_percent_goes_to_both_sides(percent: int):
    assert tolerance(f"±{percent}%") == Tolerance(share_min=(100 - percent) / 100, share_max=(100 + percent) / 100)


def test_a_tolerance_in_time_is_microseconds_to_both_sides():
    assert tolerance("±50ms") == Tolerance(off_us=50_000)


def test_a_tolerance_may_be_a_range_of_shares():
    assert tolerance("75%..100%") == Tolerance(share_min=0.75, share_max=1.0)


def test_a_tolerance_can_be_written_on_every_keyboard():
    assert tolerance("+/-5%") == tolerance("+-5%") == tolerance("±5%")


@pytest.mark.parametrize("text", ["5%", "±5", "±", "75%..", "..", "100%..75%", "±101%", "75..100", "0%..1001%"])
def test_what_is_no_tolerance_is_refused(text: str):
    with pytest.raises(NoQuantity):
        tolerance(text)


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(text=st.one_of(st.text(max_size=30), st.text("0123456789.±%<>= smhKMB/u-+eE", max_size=12)))
def test_a_reader_gives_a_value_or_refuses(read, text: str):
    with contextlib.suppress(NoQuantity):
        read(text)
