"""When faults begin, whom they hit, and when they end; on the virtual clock, without any network."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.runner.recorder import Recorder
from harness.runner.saboteur import NoTarget, Saboteur, check_target
from harness.scenario.model import (
    Action,
    Blackhole,
    CloseFrame,
    Down,
    Fault,
    Http,
    Matcher,
    Nth,
    Refuse,
    Reset,
    StopReading,
    Trigger,
)


class Theatre:
    """Carries out nothing, and writes down what it was asked for."""

    def __init__(self, *faults: Fault, live: tuple[int, ...] = (1,)) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        self.recorder = Recorder(now_us=lambda: round((loop.time() - began_s) * 1e6))
        self.live_connections = live
        self.begun: list[tuple[str, str | int]] = []
        self.lifted: list[str] = []
        self.broken: Exception | None = None
        self.saboteur = Saboteur(faults, recorder=self.recorder, sabotage=self)
        self.saboteur.start()

    def begin(self, action: Action, *, on: str | int, times: int | None) -> Any:
        if action.layer == "tcp" and not action.lasting and not self.live_connections:
            raise NoTarget("no connection was open at that moment")
        self.begun.append((action.kind, on))  # type: ignore[attr-defined]
        theatre = self

        class Effect:
            async def settle(self) -> None:
                if theatre.broken is not None:
                    raise theatre.broken

            async def lift(self) -> None:
                theatre.lifted.append(action.kind)  # type: ignore[attr-defined]

        return Effect()

    @property
    def told(self) -> list[tuple[float, str]]:
        return [(e.at_us / 1e6, e.kind) for e in self.recorder.events if e.kind.startswith("fault.")]


def at(us: int) -> Trigger:
    return Trigger(at_us=us)


def when(event: str, nth: int = 1, **more: Any) -> Trigger:
    return Trigger(when=Matcher(event=event, nth=nth), **more)


async def test_a_fault_of_the_clock_fires_at_its_time_on_all_live_connections() -> None:
    theatre = Theatre(Fault(id="cut", trigger=at(2_000_000), do=Reset()))

    await asyncio.sleep(3)

    assert theatre.told == [(2.0, "fault.cut")]
    assert theatre.begun == [("reset", "live")]
    assert theatre.saboteur.all_over


async def test_a_fault_of_an_event_hits_the_connection_of_that_event() -> None:
    theatre = Theatre(Fault(id="bye", trigger=when("wire.ready"), do=CloseFrame(code=1011)), live=(1, 2))

    theatre.recorder.tell("wire.ready", connection=2)

    assert theatre.begun == [("close", 2)]


async def test_the_nth_event_is_counted_from_the_moment_at_which_the_fault_was_armed() -> None:
    theatre = Theatre(
        Fault(id="cut", trigger=at(1_000_000), do=Reset()),
        Fault(id="full", trigger=when("wire.attempt"), do=Http(status=429), times=1),
    )
    theatre.recorder.tell("wire.attempt", connection=1)
    await asyncio.sleep(2)

    theatre.recorder.tell("wire.attempt", connection=2)

    assert theatre.told == [(1.0, "fault.cut"), (2.0, "fault.full")]


async def test_a_when_waits_for_the_fault_above_it_unless_it_is_together() -> None:
    theatre = Theatre(
        Fault(id="first", trigger=when("session.created"), do=StopReading()),
        Fault(id="waits", trigger=when("error"), do=CloseFrame(code=1011)),
        Fault(id="at-once", trigger=when("error", together=True), do=CloseFrame(code=1000)),
    )

    theatre.recorder.tell("error", connection=1)

    assert theatre.told == [(0.0, "fault.at-once")]


async def test_after_alone_counts_from_the_beginning_of_the_fault_above() -> None:
    theatre = Theatre(
        Fault(id="cut", trigger=at(2_000_000), do=Reset()),
        Fault(id="closed", trigger=Trigger(after_us=500_000), do=Refuse(), for_us=1_000_000),
    )

    await asyncio.sleep(5)

    assert theatre.told == [(2.0, "fault.cut"), (2.5, "fault.closed"), (3.5, "fault.closed.healed")]
    assert theatre.lifted == ["refuse"]


async def test_a_fault_can_follow_the_event_of_the_fault_above_it() -> None:
    theatre = Theatre(
        Fault(id="warn", trigger=at(1_000_000), do=CloseFrame(code=1000)),
        Fault(id="cut", trigger=when("fault.warn", after_us=10_000_000), do=CloseFrame(code=1011)),
    )

    await asyncio.sleep(20)

    assert theatre.told == [(1.0, "fault.warn"), (11.0, "fault.cut")]


async def test_a_lasting_fault_without_an_end_is_over_for_the_run_once_it_has_begun() -> None:
    theatre = Theatre(Fault(id="down", trigger=at(1_000_000), do=Down()))

    assert not theatre.saboteur.all_over
    await asyncio.sleep(2)

    assert theatre.saboteur.all_over
    await theatre.saboteur.aclose()
    assert theatre.lifted == ["down"]


async def test_times_counts_the_attempts_that_were_turned_away() -> None:
    theatre = Theatre(Fault(id="full", trigger=at(0), do=Refuse(), times=2))
    await asyncio.sleep(1)

    theatre.recorder.tell("wire.refused", connection=2)
    assert theatre.lifted == []
    theatre.recorder.tell("wire.refused", connection=3)
    await asyncio.sleep(0.1)

    assert theatre.lifted == ["refuse"]


async def test_a_moment_with_times_comes_back_with_each_of_its_events() -> None:
    theatre = Theatre(Fault(id="kick", trigger=when("wire.ready"), do=CloseFrame(code=1011), times=3))

    for _ in range(5):
        theatre.recorder.tell("wire.ready", connection=1)

    assert theatre.begun == [("close", 1)] * 3
    assert theatre.saboteur.all_over


async def test_until_ends_a_fault() -> None:
    fault = Fault(
        id="away", trigger=at(0), do=Down(), until=Matcher(event="connection.reconnecting", fields={"attempt": 2})
    )
    theatre = Theatre(fault)
    await asyncio.sleep(1)

    theatre.recorder.tell("connection.reconnecting", fields={"attempt": 1})
    theatre.recorder.tell("connection.reconnecting", fields={"attempt": 2})

    assert [kind for _, kind in theatre.told] == ["fault.away", "fault.away.healed"]


async def test_a_fault_that_finds_nothing_to_hit_says_so_at_the_end() -> None:
    theatre = Theatre(Fault(id="cut", trigger=at(1_000_000), do=CloseFrame(code=1011)), live=())
    await asyncio.sleep(2)

    theatre.saboteur.stop()

    assert theatre.told == [(2.0, "fault.cut.unfired")]
    assert theatre.recorder.events[-1].fields["why"] == "no connection was open at that moment"
    assert theatre.saboteur.all_over


async def test_a_fault_can_be_aimed_at_one_connection_of_the_run() -> None:
    theatre = Theatre(Fault(id="cut", trigger=at(0), do=CloseFrame(code=1011), on=Nth(nth=3)), live=(2, 3))

    await asyncio.sleep(1)

    assert theatre.begun == [("close", 3)]


async def test_a_reset_that_finds_no_connection_has_not_fired() -> None:
    theatre = Theatre(Fault(id="cut", trigger=at(1_000_000), do=Reset()), live=())
    await asyncio.sleep(2)

    theatre.saboteur.stop()

    assert theatre.told == [(2.0, "fault.cut.unfired")]
    assert theatre.begun == []


async def test_what_keeps_new_connections_out_needs_none_that_is_open() -> None:
    theatre = Theatre(Fault(id="down", trigger=at(1_000_000), do=Down()), live=())

    await asyncio.sleep(2)

    assert theatre.told == [(1.0, "fault.down")]


async def test_trouble_in_playing_a_fault_is_ours_and_is_kept() -> None:
    theatre = Theatre(Fault(id="cut", trigger=at(0), do=Reset()))
    theatre.broken = OSError("the control port does not answer")

    await asyncio.sleep(1)

    assert theatre.saboteur.failure is theatre.broken


# ── whether there is something to hit ────────────────────────────────────────


@pytest.mark.parametrize(
    ("action", "on", "live"),
    [
        (Reset(), "live", (1,)),
        (Blackhole(), "live", ()),
        (Http(status=503), "next", ()),
        (CloseFrame(code=1011), 2, (1, 2)),
    ],
)
def test_there_is_something_to_hit(action: Action, on: str | int, live: tuple[int, ...]) -> None:
    check_target(action, on, live)


@pytest.mark.parametrize(
    ("action", "on", "live"),
    [
        (Reset(), "live", ()),
        (Reset(), "all", ()),
        (CloseFrame(code=1011), "live", ()),
        (CloseFrame(code=1011), 2, (1, 3)),
    ],
)
def test_there_is_nothing_to_hit(action: Action, on: str | int, live: tuple[int, ...]) -> None:
    with pytest.raises(NoTarget, match="open at that moment"):
        check_target(action, on, live)
