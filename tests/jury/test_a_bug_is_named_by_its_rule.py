"""Clients with one deliberate bug each: the invariant that names the bug says so, and no other that the client does not deserve.

Where a bug breaks more than one rule, the row says which, and why they are its due.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import pytest

from harness.expectations.invariants import INVARIANTS
from harness.scenario.model import (
    Action,
    Blackhole,
    Case,
    CloseFrame,
    End,
    ErrorEvent,
    Expect,
    Fault,
    GoAway,
    Http,
    Refuse,
    RefuseResume,
    Reset,
    RotateKey,
    Stall,
    Step,
    Trigger,
)
from tests.support.broken_clients import (
    audio,
    container,
    goodbyes,
    links,
    losses,
    persistent,
    schedules,
    sessions,
    tellings,
)
from tests.support.broken_clients.bug import Bug
from tests.support.witnessed import accused, witnessed

OPENAI, GEMINI, DEEPGRAM = "openai-realtime", "gemini-live", "deepgram"


def on(
    provider: str,
    *faults: Fault,
    lasts_s: float = 20.0,
    script: tuple[Step, ...] | None = None,
    ends: Literal["active", "disconnected", "error"] = "disconnected",
) -> Case:
    """A call with these troubles. It goes on to its last second: the end that it asks for is one that nobody brings about."""
    return Case(
        id=f"a bad day of {provider}",
        place="here:1",
        scenario="a bad day",
        provider=provider,
        script=script,
        faults=faults,
        expect=Expect(end=End(state=ends, by_us=round(lasts_s * 1e6))),
    )


def at(seconds: float, do: Action, *, times: int | None = None, for_s: float | None = None, **more: object) -> Fault:
    for_us = None if for_s is None else round(for_s * 1e6)
    trigger = Trigger(at_us=round(seconds * 1e6))
    return Fault(
        id=f"{do.kind}-{seconds:g}", trigger=trigger, do=do, times=times, for_us=for_us, allow_unfired=True, **more
    )


def behind_it(do: Action, *, times: int | None = None) -> Fault:
    """At the door, from the moment of the fault above."""
    return Fault(id=f"behind-{do.kind}", trigger=Trigger(after_us=0), do=do, times=times, on="next", allow_unfired=True)


def says(*moments_s: float, text: str = "call look_up_order") -> tuple[Step, ...]:
    return tuple(Step(at_us=round(moment * 1e6), text=text) for moment in moments_s)


def hangs_up(*, at_s: float) -> tuple[Step, ...]:
    return (Step(at_us=300_000, say_us=1_000_000), Step(at_us=round(at_s * 1e6), disconnect=True))


TALKS = tuple(Step(at_us=round(0.2e6 + number * 2.5e6), say_us=2_000_000) for number in range(40))
"""Two seconds of speech in each 2.5 s."""

REFUSED_FOR_A_WHILE = (at(7, Reset()), behind_it(Http(status=503), times=4))
FLAPS = tuple(at(0.2 + 1.6 * number, CloseFrame(code=1011)) for number in range(40))


class Row(NamedTuple):
    """`named` is the rule that names the bug, `too` what else the client deserves."""

    bug: type | Bug
    named: str
    case: Case
    too: tuple[str, ...] = ()


TABLE = (
    # ── losses ───────────────────────────────────────────────────────────────
    Row(persistent.EndsAtACleanClose, "I1", on(OPENAI, at(3, CloseFrame(code=1000)))),
    Row(persistent.EndsAtACleanClose, "I1", on(DEEPGRAM, at(3, CloseFrame(code=1001)))),
    # It never comes back, and says nothing: a close that is not noticed, and an outage that is not told.
    Row(persistent.CancelsItsOwnReader, "I1", on(GEMINI, at(3, CloseFrame(code=1011)), lasts_s=60), ("I5",)),
    Row(persistent.DiesInSilence, "I5", on(OPENAI, at(3, Reset()), lasts_s=60), ("I1",)),
    Row(losses.NoticesCloseFramesOnly, "I1", on(OPENAI, at(3, Reset()), lasts_s=60), ("I5",)),
    Row(persistent.FindsTheFirstRedialFinal, "I16", on(GEMINI, *REFUSED_FOR_A_WHILE)),
    Row(links.NeverPings, "I19", on(OPENAI, at(3, Blackhole()), lasts_s=40)),
    Row(
        links.WaitsForEverForTheSession, "I20", on(OPENAI, at(3, Reset()), behind_it(Stall(phase="ready")), lasts_s=60)
    ),
    Row(persistent.KeepsItsFirstKey, "I18", on(GEMINI, at(3, RotateKey()), at(4, Reset()))),
    Row(persistent.KeepsItsFirstKey, "I18", on(DEEPGRAM, at(3, RotateKey()), at(4, CloseFrame(code=1011)))),
    Row(sessions.KeepsItsFirstKey, "I18", on(OPENAI, at(3, RotateKey()), at(4, Reset()))),
    # ── two connections ──────────────────────────────────────────────────────
    Row(persistent.MovesWithoutLeaving, "I2", on(GEMINI, at(5, GoAway(time_left_us=10_000_000)))),
    # To hear the old one it has to keep it.
    Row(
        persistent.PlaysTheOldOneToo,
        "I7",
        on(GEMINI, at(5.5, GoAway(time_left_us=10_000_000)), script=(Step(at_us=4_000_000, say_us=1_000_000),)),
        ("I2",),
    ),
    Row(
        sessions.IgnoresGoAway,
        "I24",
        on(GEMINI, at(3, GoAway(time_left_us=5_000_000)), at(8.01, CloseFrame(code=1011))),
    ),
    Row(persistent.MovesTwice, "I24", on(GEMINI, at(5, GoAway(time_left_us=10_000_000)))),
    # ── the stop ─────────────────────────────────────────────────────────────
    Row(goodbyes.TakesItsOwnGoodbyeForALoss, "I3", on(OPENAI, script=hangs_up(at_s=4), ends="error"), ("I4",)),
    Row(goodbyes.GoesOnTryingAfterGoodbye, "I3", on(GEMINI, at(3, Reset()), script=hangs_up(at_s=3.5), ends="error")),
    Row(
        goodbyes.SaysGoodbyeForAsLongAsItTakes,
        "I21",
        on(OPENAI, at(3, Blackhole()), script=hangs_up(at_s=4), ends="error"),
    ),
    # ── what is told ─────────────────────────────────────────────────────────
    Row(persistent.GoesOnAfterTheEnd, "I4", on(OPENAI, at(3, Reset()), behind_it(Http(status=401)))),
    Row(tellings.TellsTheFailureTwice, "I4", on(GEMINI, at(3, Reset()), behind_it(Http(status=403)))),
    Row(persistent.RecoversInSilence, "I5", on(DEEPGRAM, at(3, Reset()))),
    Row(tellings.TellsNothingOfItsAttempts, "I5", on(GEMINI, at(3, Reset()))),
    Row(persistent.LosesTheCause, "I6", on(OPENAI, at(3, Reset()), behind_it(Http(status=403)))),
    Row(persistent.TellsAnErrorForEachFrame, "I9", on(OPENAI, *REFUSED_FOR_A_WHILE, script=TALKS)),
    # ── how it comes back ────────────────────────────────────────────────────
    Row(
        schedules.IgnoresRetryAfter,
        "I10",
        on(OPENAI, at(3, Reset()), behind_it(Http(status=429, retry_after_us=6_000_000), times=1)),
    ),
    Row(schedules.WaitsOneSecondEachTime, "I11", on(GEMINI, at(3, Reset()), behind_it(Refuse()), lasts_s=40)),
    Row(persistent.WaitsForNothing, "I12", on(OPENAI, at(3, Reset()), behind_it(Http(status=503))), ("I11",)),
    Row(schedules.RedialsAtOnce, "I12", on(DEEPGRAM, at(3, Reset()), behind_it(Refuse())), ("I11",)),
    Row(persistent.CountsAnewWhenReady, "I13", on(OPENAI, *FLAPS, lasts_s=60)),
    Row(
        schedules.NeverCountsAnew,
        "I14",
        on(GEMINI, *(at(10.0 * n, Reset()) for n in range(1, 9)), lasts_s=100),
        ("I17",),
    ),
    Row(persistent.HammersWithADeadKey, "I15", on(GEMINI, at(3, Reset()), behind_it(Http(status=401)))),
    Row(schedules.TriesAgainWithABadKey, "I15", on(OPENAI, at(3, Reset()), behind_it(Http(status=401)), lasts_s=40)),
    Row(persistent.TakesItsTimeFirst, "I17", on(DEEPGRAM, at(7, Reset()))),
    # ── inside the session ───────────────────────────────────────────────────
    Row(persistent.StopsReadingAtAnError, "I8", on(OPENAI, at(2, ErrorEvent(code="server_error")))),
    Row(losses.EndsItsEventsAtAnError, "I8", on(OPENAI, at(2, ErrorEvent(code="server_error")))),
    Row(sessions.SpeaksBeforeItConfigures, "I22", on(OPENAI, at(3, Reset()))),
    Row(
        sessions.InsistsOnARefusedHandle,
        "I23",
        on(GEMINI, at(8, RefuseResume()), at(8.1, Reset()), lasts_s=40),
    ),
    Row(persistent.AnswersTwice, "I25", on(OPENAI, script=says(1.0))),
    Row(persistent.AnswersTwice, "I25", on(GEMINI, script=says(1.0))),
    Row(persistent.ForgetsACall, "I25", on(OPENAI, at(2.5, Reset()), script=says(1.0), lasts_s=30)),
    # ── audio ────────────────────────────────────────────────────────────────
    Row(audio.ReplaysBackwards, "I26", on(DEEPGRAM, at(3, Reset()), script=TALKS)),
    Row(audio.ReplaysTwice, "I26", on(DEEPGRAM, at(3, Reset()), script=TALKS)),
    Row(persistent.RepeatsWhatWasHeard, "I26", on(DEEPGRAM, at(8, Reset()), script=TALKS), ("I27",)),
    Row(persistent.LosesWithoutAWord, "I26", on(OPENAI, *REFUSED_FOR_A_WHILE, script=TALKS, lasts_s=60)),
    Row(persistent.KeepsEverything, "I27", on(DEEPGRAM, *REFUSED_FOR_A_WHILE, script=TALKS, lasts_s=60)),
    Row(persistent.FloodsAfterTheGap, "I27", on(OPENAI, *REFUSED_FOR_A_WHILE, script=TALKS, lasts_s=60)),
    Row(container.SendsTheHeadOnce, "I27", on(DEEPGRAM, at(3, Reset()), script=TALKS)),
    # ── what is left ─────────────────────────────────────────────────────────
    Row(persistent.KeepsItsTickerGoing, "I28", on(OPENAI, ends="active")),
    Row(persistent.LetsErrorsGo, "I28", on(GEMINI, ends="active")),
)


def client_of(row: Row) -> str:
    return row.bug.client if isinstance(row.bug, Bug) else f"python:{row.bug.__module__}:{row.bug.__name__}"


def name_of(row: Row) -> str:
    return row.bug.name if isinstance(row.bug, Bug) else row.bug.__name__


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.named}-{name_of(row)}-{row.case.provider}")
async def test_the_rule_that_names_the_bug_is_broken_and_none_that_is_not_deserved(row: Row) -> None:
    broken = accused(await witnessed(row.case, client=client_of(row)))

    assert set(broken) >= {row.named}
    assert {number: said for number, said in broken.items() if number not in (row.named, *row.too)} == {}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.named}-{name_of(row)}-{row.case.provider}")
async def test_a_client_without_the_bug_keeps_every_rule_on_the_same_day(row: Row) -> None:
    """So what is caught is the bug, and not the day."""
    sound = "python:tests.support.correct_clients.persistent:Persistent"

    assert accused(await witnessed(row.case, client=None if isinstance(row.bug, Bug) else sound)) == {}


def test_every_rule_but_those_of_the_wire_alone_names_a_bug() -> None:
    assert {row.named for row in TABLE} == set(INVARIANTS)
