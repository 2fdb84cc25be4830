"""A link: toxics in a row, back-pressure, and toxics that come, change and go while bytes are under way."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.faults.link import Link
from harness.faults.toxics import (
    Bandwidth,
    End,
    Item,
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


def test_a_link_without_toxics_passes_everything_at_once() -> None:
    link = link_with()

    link.received(b"a", 1.0)
    link.ended(1.0)

    assert [link.take(1.0), link.take(1.0), link.take(1.0)] == [b"a", End(), None]


def test_two_latencies_add_up_on_a_stream() -> None:
    link = link_with(Latency(latency=250), Latency(latency=500))
    for number in range(8):
        link.received(b"x", number * 0.0625)

    assert [at for at, _ in drain(link)] == [0.75 + number * 0.0625 for number in range(8)]


def test_a_late_timer_does_not_add_up_over_toxics() -> None:
    link = link_with(Latency(latency=1000), Latency(latency=1000))
    link.received(b"a", 0.0)

    assert link.take(1.25) is None
    assert link.due() == 2.0


def test_chunks_are_as_large_as_toxiproxys_reads() -> None:
    link = link_with(Bandwidth(rate=1000))

    link.received(bytes(70_000), 0.0)

    assert [len(item) for _, item in drain(link) if isinstance(item, bytes)] == [32768, 32768, 4464]


def test_a_full_first_line_stops_the_reading() -> None:
    link = link_with(Bandwidth(rate=1))

    link.received(bytes(32_768), 0.0)
    assert link.take(0.0) is None
    assert link.wants_more
    link.received(bytes(32_768), 0.0)

    assert not link.wants_more


def test_a_line_that_empties_is_filled_again() -> None:
    link = link_with(Bandwidth(rate=1000))
    link.received(bytes(65_536), 0.0)
    link.take(0.0)
    assert not link.wants_more

    drain(link, until=0.04)

    assert link.wants_more


def test_latency_holds_megabytes_before_it_stops_the_reading() -> None:
    link = link_with(Latency(latency=60_000))

    for _ in range(1000):
        link.received(bytes(32_768), 0.0)

    assert link.wants_more
    for _ in range(100):
        link.received(bytes(32_768), 0.0)
    assert not link.wants_more


def test_many_tiny_chunks_count_more_than_their_bytes() -> None:
    link = link_with(Latency(latency=60_000))

    for _ in range(70_000):
        link.received(b"x", 0.0)

    assert not link.wants_more


def test_a_slow_toxic_holds_up_those_before_it() -> None:
    link = link_with(Latency(latency=0), Bandwidth(rate=0))

    received = 0
    while link.wants_more and received < 100 * 32_768 * 1024:
        link.received(bytes(32_768), 0.0)
        link.take(0.0)
        received += 32_768

    assert received < 33 * 1024 * 1024 + 3 * 32_768


def test_a_blocked_sink_takes_nothing() -> None:
    link = link_with(Latency(latency=100))
    link.received(b"a", 0.0)

    link.block()

    assert link.take(1.0) is None
    assert link.due() is None


def test_a_sink_that_takes_again_gets_what_waited() -> None:
    link = link_with(Latency(latency=100))
    link.received(b"a", 0.0)
    link.block()

    link.unblock(5.0)

    assert drain(link) == [(5.0, b"a")]


def test_a_blocked_link_without_toxics_stops_the_reading() -> None:
    link = link_with()

    link.block()

    assert not link.wants_more


def test_nothing_follows_the_end() -> None:
    link = link_with(LimitData(bytes=1))
    link.received(b"ab", 0.0)
    drain(link)

    link.received(b"c", 1.0)
    link.ended(1.0)

    assert drain(link) == []


def test_an_end_made_by_a_toxic_goes_through_the_toxics_after_it() -> None:
    link = link_with(LimitData(bytes=1), SlowClose(delay=2000))

    link.received(b"ab", 0.0)

    assert drain(link) == [(0.0, b"a"), (2.0, End())]


def test_a_toxic_added_later_meets_what_comes_later() -> None:
    link = link_with()
    link.received(b"a", 0.0)
    link.take(0.0)

    link.add("late", Latency(latency=1000), toxicity=1.0, at=0.0)
    link.received(b"b", 0.0)

    assert drain(link) == [(1.0, b"b")]


def test_an_added_toxic_leaves_the_others_waits_alone() -> None:
    link = link_with(Latency(latency=1000))
    link.received(b"a", 0.0)
    link.take(0.0)

    link.add("late", Noop(), toxicity=1.0, at=0.5)

    assert drain(link) == [(1.0, b"a")]


def test_an_update_lets_the_chunk_in_hand_go_at_once() -> None:
    link = link_with(Latency(latency=1000))
    link.received(b"a", 0.0)
    link.received(b"b", 0.0)
    link.take(0.0)

    link.update("t0", Latency(latency=2000), toxicity=1.0, at=0.5)

    assert drain(link) == [(0.5, b"a"), (2.0, b"b")]


def test_removing_a_toxic_frees_what_it_held_in_order() -> None:
    link = link_with(Latency(latency=3000))
    for number in range(5):
        link.received(bytes([number]), number * 0.1)
    link.take(0.4)

    link.remove("t0", 0.5)

    assert drain(link, until=0.5) == [(0.0, bytes([number])) for number in range(5)]


def test_removing_a_toxic_in_the_middle_leaves_its_bytes_to_the_next() -> None:
    link = link_with(Latency(latency=3000), Latency(latency=1000))
    link.received(b"a", 0.0)
    link.take(0.0)

    link.remove("t0", 0.5)

    assert drain(link) == [(1.5, b"a")]


def test_a_limit_keeps_its_count_over_an_update() -> None:
    link = link_with(LimitData(bytes=10))
    link.received(bytes(6), 0.0)
    drain(link)

    link.update("t0", LimitData(bytes=8), toxicity=1.0, at=1.0)
    link.received(bytes(6), 1.0)

    assert drain(link) == [(1.0, bytes(2)), (1.0, End())]


def test_the_time_of_a_timeout_starts_anew_with_an_update() -> None:
    link = link_with(Timeout(timeout=1000))

    link.update("t0", Timeout(timeout=1000), toxicity=1.0, at=0.75)

    assert drain(link) == [(1.75, End())]


def test_a_timeout_that_is_turned_off_closes_the_connection() -> None:
    link = link_with(Timeout(timeout=0))
    link.received(b"gone", 0.0)
    drain(link)

    link.update("t0", Timeout(timeout=0), toxicity=0.0, at=1.0)

    assert link.take(1.0) == End()


def test_a_timeout_that_missed_a_connection_can_be_lifted_from_it() -> None:
    link = link_with()
    link.add("t", Timeout(timeout=0), toxicity=0.0, at=0.0)

    link.remove("t", 1.0)
    link.received(b"a", 1.0)

    assert link.take(1.0) == b"a"


def test_toxicity_is_a_share_of_the_connections() -> None:
    hit = 0
    for seed in range(1000):
        link = Link(lambda key, seed=seed: Random(f"{seed}/{key}"))  # type: ignore[misc]
        link.add("t", Timeout(timeout=0), toxicity=0.3, at=0.0)
        link.received(b"a", 0.0)
        hit += link.take(0.0) is None

    assert 250 < hit < 350


def test_an_update_does_not_roll_again() -> None:
    def hits(seed: int, *, updated: bool) -> bool:
        link = Link(lambda key: Random(f"{seed}/{key}"))
        link.add("t", Latency(latency=1000), toxicity=0.5, at=0.0)
        if updated:
            link.update("t", Latency(latency=1000), toxicity=0.5, at=0.0)
        link.received(b"a", 0.0)
        return link.take(0.0) is None

    assert [hits(seed, updated=True) for seed in range(64)] == [hits(seed, updated=False) for seed in range(64)]


def test_a_higher_toxicity_keeps_the_connections_that_were_hit() -> None:
    for seed in range(64):
        link = Link(lambda key, seed=seed: Random(f"{seed}/{key}"))  # type: ignore[misc]
        link.add("t", Latency(latency=1000), toxicity=0.3, at=0.0)
        link.received(b"a", 0.0)
        was_hit = link.take(0.0) is None
        link.update("t", Latency(latency=1000), toxicity=0.6, at=0.0)
        link.received(b"b", 0.0)
        out = {item: at for at, item in drain(link)}
        if was_hit:
            assert out[b"b"] == 1.0


def test_the_same_seed_draws_the_same_jitter() -> None:
    def times(seed: int) -> list[float]:
        link = link_with(Latency(latency=100, jitter=90), seed=seed)
        for second in range(20):
            link.received(b"a", float(second))
        return [at for at, _ in drain(link)]

    assert times(1) == times(1)
    assert times(1) != times(2)


# ── laws that hold whatever the toxics ───────────────────────────────────────

_TOXICS: st.SearchStrategy[Toxic] = st.one_of(
    st.builds(Latency, latency=st.integers(-10, 2000), jitter=st.integers(-10, 500)),
    st.builds(Bandwidth, rate=st.integers(0, 50)),
    st.builds(SlowClose, delay=st.integers(-10, 2000)),
    st.builds(Timeout, timeout=st.integers(-10, 3000)),
    st.builds(ResetPeer, timeout=st.integers(-10, 2000)),
    st.integers(1, 64).flatmap(
        lambda average: st.builds(
            Slicer,
            average_size=st.just(average),
            size_variation=st.integers(0, average),
            delay=st.integers(-10, 5000),
        )
    ),
    st.builds(LimitData, bytes=st.integers(-10, 2000)),
    st.builds(Noop),
)

_MOVES = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 600)),
    st.tuples(st.just("wait"), st.integers(0, 3000)),
    st.tuples(st.just("add"), st.tuples(_TOXICS, st.sampled_from([0.0, 0.5, 1.0]))),
    st.tuples(st.just("update"), st.tuples(st.integers(0, 9), st.sampled_from([0.0, 0.5, 1.0]))),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("block"), st.none()),
    st.tuples(st.just("unblock"), st.none()),
    st.tuples(st.just("end"), st.none()),
)


def _play(moves: list[tuple[str, object]], seed: int) -> tuple[bytes, list[Item], list[float]]:
    link = Link(lambda key: Random(f"{seed}/{key}"))
    at, came, left, times = 0.0, b"", list[Item](), list[float]()
    standing: dict[str, Toxic] = {}
    made = 0

    def take_all() -> None:
        while (item := link.take(at)) is not None:
            left.append(item)
            times.append(at)

    for move, value in moves:
        names = list(standing)
        match move, value:
            case "send", int(size):
                if link.wants_more:
                    data = bytes((len(came) + index) % 251 for index in range(size))
                    came += data
                    link.received(data, at)
            case "wait", int(ms):
                until = at + ms / 1000
                while (due := link.due()) is not None and due <= until:
                    at = max(at, due)
                    take_all()
                at = until
            case "add", (Toxic() as toxic, float(toxicity)):
                made += 1
                standing[f"t{made}"] = toxic
                link.add(f"t{made}", toxic, toxicity=toxicity, at=at)
            case "update", (int(index), float(toxicity)) if names:
                name = names[index % len(names)]
                link.update(name, standing[name], toxicity=toxicity, at=at)
            case "remove", int(index) if names:
                name = names[index % len(names)]
                del standing[name]
                link.remove(name, at)
            case "block", _:
                link.block()
            case "unblock", _:
                link.unblock(at)
            case "end", _:
                link.ended(at)
        take_all()
    return came, left, times


@given(st.lists(_MOVES, max_size=40), st.integers(0, 3))
@settings(deadline=None, max_examples=300)
def test_what_leaves_is_a_prefix_of_what_came(moves: list[tuple[str, object]], seed: int) -> None:
    came, left, _ = _play(moves, seed)

    assert came.startswith(b"".join(item for item in left if isinstance(item, bytes)))


@given(st.lists(_MOVES, max_size=40), st.integers(0, 3))
@settings(deadline=None, max_examples=150)
def test_the_end_comes_once_and_last(moves: list[tuple[str, object]], seed: int) -> None:
    _, left, _ = _play(moves, seed)

    assert all(isinstance(item, bytes) for item in left[:-1])


@given(st.lists(_MOVES, max_size=40), st.integers(0, 3))
@settings(deadline=None, max_examples=150)
def test_a_link_under_the_same_moves_and_seed_does_the_same(moves: list[tuple[str, object]], seed: int) -> None:
    assert _play(moves, seed) == _play(moves, seed)


@given(st.lists(_MOVES, max_size=40), st.integers(0, 3))
@settings(deadline=None, max_examples=150)
def test_everything_leaves_once_all_toxics_are_lifted(moves: list[tuple[str, object]], seed: int) -> None:
    kept = [move for move in moves if not _may_end(move)]
    lifted = [("remove", 0)] * 40
    came, left, _ = _play([*kept, ("unblock", None), *lifted], seed)

    assert b"".join(item for item in left if isinstance(item, bytes)) == came


def _may_end(move: tuple[str, object]) -> bool:
    match move:
        case "add", (Timeout() | ResetPeer() | LimitData(), _):
            return True
    return False


@given(st.lists(st.integers(1, 600), min_size=1, max_size=20), st.integers(1, 3000), st.integers(0, 5))
def test_a_limit_is_exact_however_the_bytes_are_cut(sizes: list[int], limit: int, average: int) -> None:
    before = (Slicer(average_size=average),) if average else ()
    link = link_with(*before, LimitData(bytes=limit))

    for number, size in enumerate(sizes):
        link.received(bytes(size), float(number))

    assert len(sent(drain(link))) == min(sum(sizes), limit)


@pytest.mark.parametrize("toxic", [Latency(latency=5), Bandwidth(rate=5), SlowClose(delay=5), Slicer(average_size=3)])
def test_bytes_survive_each_toxic_that_keeps_them(toxic: Toxic) -> None:
    link = link_with(toxic)
    data = bytes(range(200))

    link.received(data, 0.0)
    link.ended(0.0)
    out = drain(link)

    assert sent(out) == data
    assert out[-1][1] == End()
