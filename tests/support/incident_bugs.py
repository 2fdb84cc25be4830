"""The incidents of the pack, each with a client that has its bug, or one near to it.

What catches it is an invariant wherever one is about the incident: the invariants are what the incidents have taught.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.support.broken_clients import audio, goodbyes, links, losses, schedules, sessions, states, tellings
from tests.support.broken_clients.bug import Bug

__all__ = ["INCIDENTS", "Row"]


class Row(NamedTuple):
    """This scenario catches this bug by this key of `expect`, in its first case that has the `case` in its name."""

    scenario: str
    bug: Bug
    caught_by: str
    case: str = ""


INCIDENTS = (
    # f01_clean_close.yaml
    Row("a polite close in the middle of an answer, OpenAI", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("a polite close in the middle of an answer, Gemini", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("a polite close in the middle of a sentence, Deepgram", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("a close without a code", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("an hour is over, and that is a clean close", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("a normal end that nobody asked for", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("the operation was cancelled", losses.TakesACleanCloseForTheEnd, "I1"),
    # f02_session_cap.yaml
    Row("the session has expired", losses.TakesACleanCloseForTheEnd, "order"),
    Row("every session has its cap", losses.TakesACleanCloseForTheEnd, "count"),
    Row("the only hint is when it expires", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("the deadline of a session in use", losses.TakesAServerErrorForTheEnd, "I1"),
    # f03_warned_of_the_end.yaml
    Row("warned five seconds ahead", sessions.IgnoresGoAway, "I24"),
    Row("warned in the middle of an answer", sessions.IgnoresGoAway, "I24"),
    Row("every connection is warned and then cut", sessions.IgnoresGoAway, "I24"),
    # f04_abnormal_drop.yaml
    Row("the line is gone", losses.NoticesCloseFramesOnly, "I1"),
    Row("closed unexpectedly", losses.NoticesCloseFramesOnly, "I1"),
    Row("no close frame, at any moment", losses.NoticesCloseFramesOnly, "I1"),
    Row("cut while audio flows", losses.NoticesCloseFramesOnly, "I1"),
    Row("reset on a frame of audio, Deepgram", losses.NoticesCloseFramesOnly, "I1"),
    Row("reset on a frame of audio, OpenAI", losses.NoticesCloseFramesOnly, "I1"),
    Row("reset on a frame of audio, Gemini", losses.NoticesCloseFramesOnly, "I1"),
    Row("from one network to another", losses.NoticesCloseFramesOnly, "I1"),
    Row("two ends at one moment", losses.TakesACleanCloseForTheEnd, "I1"),
    # f05_half_open.yaml
    Row("the network swallows everything", links.NeverPings, "I19"),
    Row("the network swallows silence", links.NeverPings, "I19"),
    Row("the network swallows nothing at all", links.NeverPings, "I19"),
    Row("found out, and then recovered", links.NeverPings, "I19"),
    # f06_stops_reading.yaml
    Row("nobody reads what the caller says", links.NeverPings, "timing", "gemini"),
    Row("nobody reads the goodbye", goodbyes.SaysGoodbyeForAsLongAsItTakes, "I21"),
    # f07_internal_error.yaml
    Row("the service is unavailable", losses.TakesAServerErrorForTheEnd, "I1"),
    Row("two internal errors in a row", losses.TakesAServerErrorForTheEnd, "I1"),
    Row("the session cannot be taken up again", losses.TakesAServerErrorForTheEnd, "I1"),
    Row("choppy, and then gone", losses.TakesAServerErrorForTheEnd, "I1"),
    # f08_idle.yaml
    Row("says that it is still there", audio.NeverSaysThatItIsStillThere, "count"),
    Row("cut off for being silent, once", losses.TakesAServerErrorForTheEnd, "I1"),
    Row("a muted caller, recycled again and again", schedules.NeverCountsAnew, "I14"),
    Row("a muted caller, recycled twice", losses.TakesACleanCloseForTheEnd, "I1"),
    # f09_late_pongs.yaml
    Row("pongs are late, and the provider is heard", links.HangsUpOnASlowPong, "count"),
    Row("pongs are missing for a while", links.HangsUpOnASlowPong, "count"),
    Row("pongs are late under load", links.HangsUpOnASlowPong, "count"),
    # f10_rate_limited.yaml
    Row("too many requests, three times", schedules.TakesARateLimitForARefusal, "I16"),
    Row("too many requests, and when to come back", schedules.IgnoresRetryAfter, "I10"),
    Row("over the limit for a while", schedules.TakesARateLimitForARefusal, "I16"),
    Row("turned away, and come back in three seconds", schedules.IgnoresRetryAfter, "I10"),
    Row("a dip in capacity that becomes a storm", schedules.TakesARateLimitForARefusal, "I16"),
    # f11_refused_for_good.yaml
    Row("the token has expired", schedules.TriesAgainWithABadKey, "I15"),
    Row("the token was good until a minute ago", sessions.KeepsItsFirstKey, "I18", "openai"),
    Row("the token was good until a minute ago", sessions.KeepsItsFirstKey, "I18", "gemini"),
    Row("the token was good until a minute ago", sessions.KeepsItsFirstKey, "I18", "deepgram"),
    Row("the account is in the red", schedules.TriesAgainWithABadKey, "I15"),
    Row("the token of ten minutes ago", schedules.TriesAgainWithABadKey, "I15"),
    Row("tokens that live shorter than a call", sessions.KeepsItsFirstKey, "I18"),
    Row("let in, and told that the key is wrong", schedules.TriesAgainWithABadKey, "I15", "gemini"),
    # f12_accept_then_kick.yaml
    Row("reconnected successfully on attempt one, for ever", schedules.CountsAnewAtEveryHandshake, "I13"),
    Row("the quota is gone, and the provider says so", schedules.TriesAgainWithABadKey, "I15"),
    Row("the quota is gone, and nobody says so", schedules.CountsAnewAtEveryHandshake, "I13"),
    Row("a wrong key, retried for ever", schedules.TriesAgainWithABadKey, "I15"),
    Row("thrown out after a second, for ever", schedules.CountsAnewAtEveryHandshake, "I13"),
    # f13_budget_of_a_lifetime.yaml
    Row("one short outage after another", schedules.NeverCountsAnew, "I17"),
    Row("the thirty-third routine reconnect", schedules.NeverCountsAnew, "I14"),
    # f14_blocking_backoff.yaml
    Row("overloaded four times", schedules.TakesAnOverloadForARefusal, "I16"),
    Row("the caller has gone meanwhile", goodbyes.GoesOnTryingAfterGoodbye, "I3"),
    # f15_after_the_goodbye.yaml
    Row("hung up just after the reset", goodbyes.TakesItsOwnGoodbyeForALoss, "I3"),
    Row("hung up in every phase of an outage", goodbyes.GoesOnTryingAfterGoodbye, "I3", "wire.refused"),
    Row("closed by the provider after the goodbye", goodbyes.TakesItsOwnGoodbyeForALoss, "I3"),
    Row("hung up in the middle of a wait", goodbyes.GoesOnTryingAfterGoodbye, "I3"),
    Row("a provider that is slow to say goodbye", goodbyes.TakesItsOwnGoodbyeForALoss, "I3"),
    # f16_two_sockets.yaml
    Row("the last words of a connection that is gone", schedules.TakesAnOverloadForARefusal, "I16"),
    Row("three closes, and one reader", losses.IsDeafAfterReconnecting, "I1"),
    Row("a slow handshake while the caller speaks", links.GivesAHandshakeASecond, "count"),
    # f17_not_restored.yaml
    Row("resumed, and deaf", states.NeverOpensTheGateAgain, "order"),
    Row("reconnected, and deaf", states.NeverOpensTheGateAgain, "audio"),
    Row("dropped before there was anything to go back to", sessions.ForgetsTheSystemPrompt, "session"),
    Row("the configuration is refused once", sessions.DoesNotConfigureTheNewSession, "I22"),
    Row("what was said is said again, in a shape that is taken", sessions.ForgetsWhatWasSaid, "session"),
    # f18_poisoned_state.yaml
    Row("the history is told again to a session that knows it", states.TellsAResumedSessionWhatItKnows, "count"),
    Row("a resumed session that dies of its next answer", sessions.InsistsOnARefusedHandle, "count"),
    Row("items that the new session never had", losses.NoticesCloseFramesOnly, "I1"),
    # f19_tool_call_over_the_drop.yaml
    Row("the result comes when the call is gone", states.ForgetsItsCallsInSilence, "I25"),
    Row("the result of a call that the new session does not know", losses.TakesACleanCloseForTheEnd, "I1"),
    Row("the provider fails while a function runs", losses.TakesAServerErrorForTheEnd, "I1"),
    # f20_error_events.yaml
    Row("an invalid value", losses.EndsItsEventsAtAnError, "I8"),
    Row("a message that could not be read", losses.EndsItsEventsAtAnError, "order"),
    Row("nothing to cancel", losses.EndsItsEventsAtAnError, "I8"),
    Row("an answer is being given already", losses.EndsItsEventsAtAnError, "I8"),
    Row("a message that nobody knows", losses.EndsItsEventsAtAnError, "order"),
    Row("a message that nobody knows, Gemini", losses.EndsItsEventsAtAnError, "order"),
    Row("a message that nobody knows, Deepgram", losses.EndsItsEventsAtAnError, "order"),
    # f21_alive_but_useless.yaml
    Row("a session that fails each answer", losses.RedialsAtAFailedAnswer, "I8"),
    Row("silence without an error", states.IsDeafAfterAnEmptyAnswer, "order"),
    Row("let in, and never ready", links.WaitsForEverForTheSession, "I20", "phase=ready"),
    # f22_limits.yaml
    Row("a message of more than a megabyte", links.TakesAPieceForAFrame, "count"),
    Row("too many at once", tellings.TellsNothingOfItsAttempts, "I5"),
    Row("audio while a function runs", states.SpeaksIntoItsCalls, "count"),
    # f23_the_goodbye_that_never_comes.yaml
    Row("the close is never answered", goodbyes.SaysGoodbyeForAsLongAsItTakes, "I21"),
    Row("the end comes without a goodbye", goodbyes.TakesItsOwnGoodbyeForALoss, "I3"),
    # f24_leaks.yaml
    Row("the caller's leg is gone", goodbyes.TakesItsOwnGoodbyeForALoss, "I3"),
    Row("every chunk is kept", states.KeepsEveryChunk, "audio"),
    # f25_audio_over_the_gap.yaml
    Row("connected again, and no transcripts", audio.ReplaysBackwards, "I26"),
    Row("speech over a long gap", audio.ReplaysBackwards, "I26"),
)
