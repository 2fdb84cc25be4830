"""Every scenario of the pack has been seen to fail: a client with the bug that it is there for does not get through.

A scenario that no bug fails checks nothing, however sensible it reads. So a new one needs a row here, and, if no client
in `tests/support/broken_clients` has its bug yet, a client that has.
"""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from harness.expectations import Verdict
from harness.runner.registry import own_provider
from harness.scenario import Case
from tests.support.broken_clients import audio, goodbyes, links, losses, schedules, sessions, tellings
from tests.support.broken_clients.bug import Bug
from tests.support.incident_bugs import INCIDENTS, Row
from tests.support.pack import CASES, cases_of, played

TABLE = (
    # ── examples: the ladder, rate limits, replay, planned moves ─────────────
    Row("gives up only after 1+2+4+8+16", schedules.WaitsOneSecondEachTime, "backoff"),
    Row("gives up only after 1+2+4+8+16", schedules.WaitsFourSecondsInStepFour, "backoff"),
    Row("gives up only after 1+2+4+8+16", schedules.RedialsAtOnce, "backoff"),
    Row("gives up only after 1+2+4+8+16", schedules.AnnouncesAnotherWait, "backoff"),
    Row("gives up only after 1+2+4+8+16", schedules.GivesUpAfterThree, "count"),
    Row("gives up only after 1+2+4+8+16", schedules.NeverGivesUp, "order"),
    Row("gives up only after 1+2+4+8+16", tellings.TellsTheFailureTwice, "count"),
    Row("gives up only after 1+2+4+8+16", tellings.FailsInSilence, "order"),
    Row("gives up only after 1+2+4+8+16", tellings.TellsNothingOfItsAttempts, "order"),
    Row("honours Retry-After on a rate limit", schedules.IgnoresRetryAfter, "order", "wait=3s,form=header-seconds"),
    Row("honours Retry-After on a rate limit", schedules.IgnoresRetryAfter, "order", "wait=20s,form=header-date"),
    Row("honours Retry-After on a rate limit", schedules.IgnoresRetryAfter, "order", "wait=3s,form=header-ms"),
    Row("honours Retry-After on a rate limit", schedules.TakesARateLimitForARefusal, "never"),
    Row("speech is replayed after a cut", audio.LosesItsBuffer, "audio"),
    Row("speech is replayed after a cut", audio.ReplaysBackwards, "audio"),
    Row("speech is replayed after a cut", audio.SendsNewerAudioFirst, "audio"),
    Row("moves to a new session before goAway runs out", sessions.IgnoresGoAway, "order"),
    Row("moves to a new session before goAway runs out", sessions.NeverUsesAHandle, "session"),
    Row("survives a bad frame in the middle of speech", losses.EndsTheCallAtAnUnreadableMessage, "end"),
    # ── outage ───────────────────────────────────────────────────────────────
    Row("comes back on the attempt that gets through", schedules.GivesUpAfterThree, "never", "attempt=4"),
    Row("comes back on the attempt that gets through", tellings.TellsTheRecoveryTwice, "count"),
    Row("comes back on the attempt that gets through", sessions.ForgetsTheSystemPrompt, "session", "openai"),
    Row("does not call for ever where it is let in and thrown out", schedules.CountsAnewAtEveryHandshake, "order"),
    Row("starts anew after a connection that has proved itself", schedules.NeverCountsAnew, "order"),
    # ── tcp ──────────────────────────────────────────────────────────────────
    Row("reset while the caller speaks", losses.NoticesCloseFramesOnly, "order"),
    Row("reset while the caller speaks", audio.SaysTheLastSecondAgain, "audio", "openai"),
    Row("reset while the caller speaks", sessions.ForgetsTheTools, "session", "gemini"),
    Row("reset while the caller speaks", sessions.ForgetsTheParameters, "session"),
    Row("reset while the caller speaks", sessions.DoesNotConfigureTheNewSession, "session"),
    Row("dropped without a goodbye while the caller speaks", losses.NoticesCloseFramesOnly, "order"),
    Row("dropped without a goodbye while the caller speaks", sessions.SpeaksBeforeItConfigures, "session"),
    Row("reset in the middle of the answer", losses.IsDeafAfterReconnecting, "order"),
    Row("dropped while nobody speaks", losses.IsDeafAfterReconnecting, "order", "deepgram"),
    Row("dropped while nobody speaks", sessions.ForgetsTheSystemPrompt, "session", "deepgram"),
    Row("dropped while nobody speaks", schedules.RedialsAtOnce, "backoff"),
    Row("the next attempts are refused", schedules.WaitsOneSecondEachTime, "backoff"),
    Row("cut in the middle of a frame", losses.NoticesCloseFramesOnly, "order"),
    Row("a slow link delays but loses nothing", links.HangsUpOnASlowPong, "never"),
    Row("frames arrive in pieces", links.TakesAPieceForAFrame, "never"),
    Row("a narrow link delays but loses nothing", links.HangsUpOnASlowPong, "never", "openai"),
    Row("a half-open connection is noticed while the caller speaks", links.NeverPings, "timing"),
    Row("a half-open connection is noticed in silence", links.PingsOnlyWhileItSpeaks, "timing", "openai"),
    # ── frame ────────────────────────────────────────────────────────────────
    Row("closed by the provider while idle", losses.TakesACleanCloseForTheEnd, "order", "code=1000"),
    Row("closed by the provider while idle", losses.TakesACleanCloseForTheEnd, "order", "code=1001"),
    Row("closed by the provider while idle", losses.TakesACleanCloseForTheEnd, "order", "code=none"),
    Row("closed by the provider while idle", losses.TakesAServerErrorForTheEnd, "order", "code=1011"),
    Row("closed by the provider in the middle of the answer", losses.TakesACleanCloseForTheEnd, "order", "code=1000"),
    Row("closed by the provider in the middle of the answer", losses.TakesAServerErrorForTheEnd, "order", "code=1011"),
    Row("a peer that answers no pings is left", links.NeverPings, "timing"),
    Row("a peer that answers pings late is kept", links.HangsUpOnASlowPong, "never"),
    Row("a peer that answers pings late is kept in silence", links.HangsUpOnASlowPong, "never"),
    Row("a peer that stops reading is left", links.NeverPings, "timing"),
    Row("a text that is not UTF-8 costs one connection at most", losses.StopsReadingAtAnUnreadableMessage, "order"),
    Row("a frame that breaks the protocol costs one connection", losses.TakesABrokenProtocolForTheEnd, "order"),
    Row("a message that says nothing costs nothing", losses.StopsReadingAtAnUnreadableMessage, "order"),
    Row("a message that says nothing costs nothing", losses.RedialsAtAnUnreadableMessage, "never"),
    Row("a message in pieces is one message", links.TakesAFrameForAMessage, "never"),
    # ── upgrade ──────────────────────────────────────────────────────────────
    Row("refused with 503 for a while", schedules.TakesAnOverloadForARefusal, "never"),
    Row("refused with 503 for a while", schedules.WaitsOneSecondEachTime, "backoff"),
    Row("refused with 401 for good", schedules.TriesAgainWithABadKey, "count"),
    Row("refused with 401 at the first connect", schedules.TriesTheFirstConnectAgain, "count"),
    Row("waits a minute where no time is told", schedules.IgnoresRetryAfter, "order"),
    Row("honours Retry-After elsewhere too", schedules.IgnoresRetryAfter, "order", "gemini"),
    Row("honours Retry-After elsewhere too", schedules.IgnoresRetryAfter, "order", "deepgram"),
    Row("the next attempt is accepted and not answered", links.WaitsForEverForTheUpgrade, "order", "phase=tcp"),
    Row("the next attempt is accepted and not answered", links.NeverPings, "order", "deepgram,phase=upgrade"),
    Row("the session never becomes ready", links.WaitsForEverForTheSession, "order"),
    # ── tls ──────────────────────────────────────────────────────────────────
    Row("a bad certificate is not believed, and not hammered", links.BelievesEveryCertificate, "order", "bad=expired"),
    Row(
        "a bad certificate is not believed, and not hammered", links.BelievesEveryCertificate, "order", "bad=untrusted"
    ),
    Row("a bad certificate is not believed, and not hammered", schedules.RedialsAtOnce, "backoff", "bad=wrong-host"),
    Row("a handshake that stalls for a while is waited for", links.GivesAHandshakeASecond, "order"),
    Row("a handshake that stalls for ever is given up in time", links.WaitsForEverForTheUpgrade, "order"),
    # ── hang up ──────────────────────────────────────────────────────────────
    Row("hangs up on a healthy call", goodbyes.TakesItsOwnGoodbyeForALoss, "count"),
    Row("hangs up while waiting to try again", goodbyes.GoesOnTryingAfterGoodbye, "count"),
    Row("hangs up while an attempt is under way", goodbyes.GoesOnTryingAfterGoodbye, "count"),
    Row("hangs up on a frozen peer", goodbyes.SaysGoodbyeForAsLongAsItTakes, "timing"),
    # ── Gemini Live ──────────────────────────────────────────────────────────
    Row("moves in the middle of a sentence where it must", sessions.LosesAudioInAPlannedMove, "audio"),
    Row("moves in the middle of a sentence where it must", sessions.IgnoresGoAway, "order"),
    Row("goes on with the session after a cut", sessions.NeverUsesAHandle, "session"),
    Row("a handle that is refused is dropped", sessions.InsistsOnARefusedHandle, "count"),
    Row("a handle that is refused is dropped", sessions.LeavesItAllToTheHandle, "session"),
    Row("the provider fails inside", losses.TakesAServerErrorForTheEnd, "order"),
    # ── OpenAI Realtime ──────────────────────────────────────────────────────
    Row("an error event does not end the call", losses.EndsItsEventsAtAnError, "order"),
    Row("the session reaches its age", sessions.ForgetsWhatWasSaid, "session"),
    Row("the session reaches its age", losses.TakesACleanCloseForTheEnd, "order"),
    Row("a rate limit inside the session", sessions.IgnoresALimitInsideTheSession, "order"),
    Row("an answer that fails", losses.RedialsAtAFailedAnswer, "never"),
    Row("the account has nothing left", schedules.TriesAgainWithABadKey, "count"),
    # ── Deepgram ─────────────────────────────────────────────────────────────
    Row("a short gap is replayed whole", audio.LosesItsBuffer, "audio"),
    Row("a short gap is replayed whole", audio.ReplaysTwice, "audio"),
    Row("what was said is remembered", sessions.ForgetsTheConversation, "session"),
    Row("silence does not end the call", audio.NeverSaysThatItIsStillThere, "order"),
    Row("losing listen leaves the answer alone", audio.BreaksItsAnswerOffWithListen, "order"),
    Row("the provider heard nothing for too long", losses.TakesAServerErrorForTheEnd, "order"),
    Row("a message that the provider cannot read", losses.EndsItsEventsAtAnError, "order"),
    *INCIDENTS,
)

HARMLESS_IN_FAIR_WEATHER = tuple(
    {row.bug.name: row.bug for row in TABLE if row.bug is not goodbyes.TakesItsOwnGoodbyeForALoss}.values()
)


def case_of(row: Row) -> Case:
    """The first case of the row's scenario that calls a provider in which its bug can be."""
    made_from = next(made for made in row.bug.mistake.__mro__[1:] if made.__module__.startswith("providers."))
    return next(
        case
        for case in cases_of(row.scenario)
        if row.case in case.id and issubclass(own_provider(case.provider), made_from)
    )


def parameter(row: Row) -> ParameterSet:
    """A case that asks for the real clock, as those of TLS do, is played on it."""
    marks = [pytest.mark.real_time] if case_of(row).clock == "real" else []
    return pytest.param(row, marks=marks, id=f"{row.scenario}-{row.bug.name}-{row.case}")


@pytest.mark.parametrize("row", [parameter(row) for row in TABLE])
async def test_a_scenario_fails_the_client_whose_bug_it_is_there_for(row: Row) -> None:
    judgement = await played(case_of(row), client=row.bug.client)

    assert judgement.verdict is Verdict.FAIL
    assert row.caught_by in [reason.expectation for reason in judgement.reasons]


@pytest.mark.parametrize("bug", HARMLESS_IN_FAIR_WEATHER, ids=lambda bug: bug.name)
async def test_a_client_with_a_bug_holds_a_call_as_long_as_nothing_goes_wrong(bug: Bug) -> None:
    """So what catches it is its bug, and not a client that never worked."""
    healthy = Row("hangs up on a healthy call", bug, caught_by="")

    judgement = await played(case_of(healthy), client=bug.client)

    assert judgement.verdict is Verdict.PASS


def test_every_scenario_is_there_for_a_bug() -> None:
    assert {case.scenario for case in CASES} - {row.scenario for row in TABLE} == set()


def test_every_row_names_a_scenario_of_the_pack() -> None:
    assert {row.scenario for row in TABLE} - {case.scenario for case in CASES} == set()
