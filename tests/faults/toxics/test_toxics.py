"""Each toxic on its own, at exact times."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from harness.faults.toxics import (
    TOXICS,
    Bandwidth,
    End,
    Latency,
    LimitData,
    Noop,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
    Toxic,
)
from tests.support.links import drain, link_with, sent


def test_noop_passes_everything_at_once() -> None:
    link = link_with(Noop())

    link.received(b"abc", 1.0)

    assert link.take(1.0) == b"abc"


def test_latency_holds_each_chunk_for_its_milliseconds() -> None:
    link = link_with(Latency(latency=250))

    link.received(b"a", 0.0)
    link.received(b"b", 0.125)

    assert drain(link) == [(0.25, b"a"), (0.375, b"b")]


def test_latency_does_not_delay_the_end_behind_the_last_byte() -> None:
    link = link_with(Latency(latency=250))

    link.received(b"a", 0.0)
    link.ended(0.0)

    assert drain(link) == [(0.25, b"a"), (0.25, End())]


def test_negative_latency_is_none() -> None:
    link = link_with(Latency(latency=-250, jitter=-5))

    link.received(b"a", 1.0)

    assert drain(link) == [(1.0, b"a")]


def test_jitter_stays_within_its_bounds() -> None:
    link = link_with(Latency(latency=100, jitter=40))
    for second in range(200):
        link.received(b"a", float(second))

    delays = [round(at - second, 6) for second, (at, _) in enumerate(drain(link))]

    assert min(delays) < 0.07
    assert max(delays) > 0.13
    assert all(0.06 <= delay < 0.14 for delay in delays)


def test_jitter_never_changes_the_order() -> None:
    link = link_with(Latency(latency=50, jitter=50))
    for number in range(100):
        link.received(bytes([number]), number * 0.005)

    assert sent(drain(link)) == bytes(range(100))


def test_enormous_jitter_is_only_a_long_wait() -> None:
    link = link_with(Latency(latency=0, jitter=2**62 + 1))

    link.received(b"a", 0.0)

    assert sent(drain(link)) == b"a"


def test_bandwidth_lets_a_chunk_go_whole_once_its_bytes_have_had_their_time() -> None:
    link = link_with(Bandwidth(rate=32))

    link.received(b"x" * 640, 0.0)

    assert drain(link) == [(0.02, b"x" * 640)]


def test_bandwidth_cuts_what_takes_longer_than_a_tenth_of_a_second() -> None:
    link = link_with(Bandwidth(rate=10))

    link.received(b"x" * 2500, 0.0)

    assert [(at, len(item)) for at, item in drain(link) if isinstance(item, bytes)] == [
        (0.1, 1000),
        (0.2, 1000),
        (0.25, 500),
    ]


def test_bandwidth_gives_no_credit_for_silence() -> None:
    link = link_with(Bandwidth(rate=1))

    link.received(b"x" * 100, 0.0)
    drain(link)
    link.received(b"x" * 100, 10.0)

    assert drain(link) == [(10.1, b"x" * 100)]


def test_bandwidth_of_nothing_lets_not_even_the_end_pass() -> None:
    link = link_with(Bandwidth(rate=0))

    link.received(b"x", 0.0)
    link.ended(0.0)

    assert drain(link) == []


def test_lifting_a_bandwidth_of_nothing_frees_what_it_held() -> None:
    link = link_with(Bandwidth(rate=0))
    link.received(b"x", 0.0)
    link.ended(0.0)
    drain(link)

    link.remove("t0", 5.0)

    assert [link.take(5.0), link.take(5.0)] == [b"x", End()]


def test_slow_close_delays_the_end_alone() -> None:
    link = link_with(SlowClose(delay=500))

    link.received(b"x", 1.0)
    link.ended(1.0)

    assert drain(link) == [(1.0, b"x"), (1.5, End())]


def test_timeout_drops_bytes() -> None:
    link = link_with(Timeout(timeout=0))

    link.received(b"x", 1.0)

    assert drain(link) == []


def test_timeout_ends_the_connection_though_data_keeps_flowing() -> None:
    link = link_with(Timeout(timeout=500))
    for step in range(100):
        link.received(b"x", step * 0.02)

    assert drain(link) == [(0.5, End())]


def test_timeout_lets_a_peer_hang_up() -> None:
    link = link_with(Timeout(timeout=0))

    link.ended(2.0)

    assert drain(link) == [(2.0, End())]


def test_lifting_a_timeout_closes_the_connection() -> None:
    link = link_with(Timeout(timeout=0))

    link.remove("t0", 3.0)

    assert link.take(3.0) == End()


def test_reset_peer_resets_after_the_first_bytes() -> None:
    link = link_with(ResetPeer(timeout=250))

    link.received(b"x", 1.0)
    link.received(b"y", 1.1)

    assert drain(link) == [(1.25, End(reset=True))]


def test_reset_peer_leaves_an_idle_connection_alone() -> None:
    assert drain(link_with(ResetPeer(timeout=0))) == []


def test_reset_peer_turns_the_end_into_a_reset() -> None:
    link = link_with(ResetPeer(timeout=0))

    link.ended(1.0)

    assert drain(link) == [(1.0, End(reset=True))]


def test_lifting_a_reset_peer_that_waits_resets_at_once() -> None:
    link = link_with(ResetPeer(timeout=60_000))
    link.received(b"x", 1.0)
    drain(link, until=1.0)
    assert link.take(1.0) is None

    link.remove("t0", 2.0)

    assert link.take(2.0) == End(reset=True)


def test_lifting_a_reset_peer_that_met_nothing_changes_nothing() -> None:
    link = link_with(ResetPeer(timeout=0))

    link.remove("t0", 2.0)
    link.received(b"x", 3.0)

    assert link.take(3.0) == b"x"


def test_slicer_cuts_to_the_average_and_its_variation() -> None:
    link = link_with(Slicer(average_size=100, size_variation=20))

    link.received(bytes(10_000), 0.0)
    sizes = [len(item) for _, item in drain(link) if isinstance(item, bytes)]

    assert sum(sizes) == 10_000
    assert max(sizes) <= 120
    assert len(set(sizes)) > 1


def test_slicer_without_variation_halves() -> None:
    link = link_with(Slicer(average_size=100))

    link.received(bytes(400), 0.0)

    assert [len(item) for _, item in drain(link) if isinstance(item, bytes)] == [100, 100, 100, 100]


def test_slicer_rests_microseconds_after_each_piece() -> None:
    link = link_with(Slicer(average_size=1, delay=500))

    link.received(b"ab", 0.0)
    link.received(b"c", 0.0)

    assert drain(link) == [(0.0, b"a"), (0.0005, b"b"), (0.001, b"c")]


def test_limit_data_passes_exactly_its_bytes() -> None:
    link = link_with(LimitData(bytes=5))

    link.received(b"abc", 0.0)
    link.received(b"defg", 1.0)

    assert drain(link) == [(0.0, b"abc"), (1.0, b"de"), (1.0, End())]


def test_limit_data_closes_as_soon_as_the_last_byte_has_passed() -> None:
    link = link_with(LimitData(bytes=3))

    link.received(b"abc", 0.0)

    assert drain(link) == [(0.0, b"abc"), (0.0, End())]


@pytest.mark.parametrize("limit", [0, -3])
def test_limit_data_of_nothing_closes_on_the_first_byte(limit: int) -> None:
    link = link_with(LimitData(bytes=limit))

    link.received(b"a", 2.0)

    assert drain(link) == [(2.0, End())]


@pytest.mark.parametrize(
    ("toxic", "problem"),
    [
        (Bandwidth(rate=-1), "rate must be 0 or more, was -1"),
        (Slicer(), "average_size must be more than 0, was 0"),
        (Slicer(average_size=-4), "average_size must be more than 0, was -4"),
        (
            Slicer(average_size=4, size_variation=5),
            "size_variation must be from 0 to average_size (4), was 5",
        ),
        (Slicer(average_size=4, size_variation=-1), "size_variation must be from 0 to average_size (4), was -1"),
    ],
)
def test_values_that_crash_toxiproxy_are_named(toxic: Toxic, problem: str) -> None:
    assert toxic.problem() == problem


@pytest.mark.parametrize("kind", TOXICS.values(), ids=lambda kind: kind.type)
def test_attributes_are_zero_by_default(kind: type[Toxic]) -> None:
    assert all(value == 0 for value in kind().attributes().values())


@pytest.mark.parametrize("kind", TOXICS.values(), ids=lambda kind: kind.type)
def test_unknown_attributes_are_ignored(kind: type[Toxic]) -> None:
    assert kind().with_attributes({"no_such_thing": 7}) == kind()


def test_each_toxic_has_a_file_of_its_name() -> None:
    folder = Path(__file__).parents[3] / "harness/faults/toxics"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "toxic"}

    assert files == set(TOXICS)


def test_a_slicer_at_its_widest_variation_always_comes_to_an_end() -> None:
    for seed in range(50):
        sizes = Slicer(average_size=1, size_variation=1)._sizes(2000, Random(seed))
        assert sum(sizes) == 2000
        assert min(sizes) >= 1
