"""When a real outcome is one of the simulated ones, on outcomes written by hand."""

from __future__ import annotations

import pytest

from tests.support.outcomes import Moment, Outcome, is_member, outcome
from tests.support.traces import TraceBuilder

END_US = 10_000_000
WITHIN_US = 300_000


def seen(*wire: tuple[str, float], told: tuple[tuple[str, float], ...] = ()) -> Outcome:
    return Outcome(
        wire=tuple(Moment(what, round(at_s * 1e6)) for what, at_s in wire),
        connection=tuple(Moment(what, round(at_s * 1e6)) for what, at_s in told),
        until_us=END_US,
    )


def agrees(real: Outcome, *simulated: Outcome) -> bool:
    return is_member(real, simulated, within_us=WITHIN_US)


def test_what_was_simulated_once_is_a_member() -> None:
    assert agrees(seen(("open 1", 1.0)), seen(("open 2", 1.0)), seen(("open 1", 1.0)))


def test_what_was_never_simulated_is_none() -> None:
    assert not agrees(seen(("open 1", 1.0)), seen(("open 2", 1.0)), seen(("refused 1", 1.0)))


def test_nothing_is_among_no_outcomes() -> None:
    assert not agrees(seen())


def test_the_wire_of_one_run_and_the_client_of_another_make_no_member() -> None:
    real = seen(("open 1", 1.0), told=(("failed", 2.0),))

    assert not agrees(
        real, seen(("open 1", 1.0), told=(("back", 2.0),)), seen(("open 2", 1.0), told=(("failed", 2.0),))
    )


@pytest.mark.parametrize(("at_s", "is_in"), [(0.69, False), (0.71, True), (2.29, True), (2.31, False)])
def test_times_lie_within_what_the_simulated_runs_span_and_a_tolerance(at_s: float, is_in: bool) -> None:
    assert agrees(seen(("open 1", at_s)), seen(("open 1", 1.0)), seen(("open 1", 2.0))) is is_in


def test_an_event_that_only_happens_in_the_simulation_makes_a_stranger() -> None:
    assert not agrees(seen(("open 1", 1.0)), seen(("open 1", 1.0), ("over 1", 5.0)))


def test_an_event_that_only_happened_really_makes_a_stranger() -> None:
    assert not agrees(seen(("open 1", 1.0), ("over 1", 5.0)), seen(("open 1", 1.0)))


@pytest.mark.parametrize("at_s", [9.5, 9.9])
def test_an_event_at_the_end_may_have_fallen_behind_it(at_s: float) -> None:
    assert agrees(seen(("open 1", 1.0)), seen(("open 1", 1.0), ("over 1", at_s)))
    assert agrees(seen(("open 1", 1.0), ("over 1", max(at_s, 9.71))), seen(("open 1", 1.0)))


def test_an_outcome_has_the_wire_and_what_the_client_told_of_it() -> None:
    call = TraceBuilder().connects(1).at(1.0).saw("wire.reset", 1, by="client")
    call.saw("connection.reconnecting", attempt=1, backoff_delay=1.0).at(2.0).refused(2).at(9.0)

    found = outcome(call.ends())

    assert found.shape == (
        (
            "wire.attempt 1",
            "wire.open 1",
            "wire.ready 1",
            "wire.over 1 lost by client",
            "wire.attempt 2",
            "wire.refused 2 tcp",
        ),
        ("connection.reconnecting 1 after 1.0 s",),
    )
    assert found.until_us == 9_000_000


@pytest.mark.parametrize(("code", "word"), [(1000, "goodbye"), (1005, "goodbye"), (1006, "lost"), (1011, "thrown out")])
def test_close_codes_are_coarse(code: int, word: str) -> None:
    found = outcome(TraceBuilder().saw("wire.closed", 1, code=code, reason="", by="server").ends())

    assert found.shape[0] == (f"wire.over 1 {word} by server",)
