"""What can happen to a call, and the scenario of the pack that plays it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.scenario.model import (
    Action,
    BadFrame,
    Blackhole,
    Case,
    CloseFrame,
    DelayPongs,
    Down,
    Drop,
    ErrorEvent,
    FailResponse,
    GoAway,
    Http,
    MutePings,
    RateLimited,
    Refuse,
    RefuseResume,
    Reset,
    RotateKey,
    SessionExpired,
    Stall,
    StopReading,
    ToxicAction,
)
from tests.support.pack import CASES, cases_of

Shown = Callable[[Case], bool]


def does(*actions: Action) -> Shown:
    """Whether the faults of a case are these, in this order; others may come between."""

    def shown(case: Case) -> bool:
        done = iter(fault.do for fault in case.faults)
        return all(action in done for action in actions)

    return shown


def slows(toxic: str, *attributes: str) -> Shown:
    def is_it(action: Action) -> bool:
        return isinstance(action, ToxicAction) and action.type == toxic and set(attributes) <= set(action.attributes)

    return lambda case: any(is_it(fault.do) for fault in case.faults)


def refuses(status: int, *, form: str | None = None, named: bool | None = None) -> Shown:
    def is_it(action: Action) -> bool:
        return (
            isinstance(action, Http)
            and action.status == status
            and (form is None or action.form == form)
            and (named is None or named is (action.retry_after_us is not None))
        )

    return lambda case: any(is_it(fault.do) for fault in case.faults)


def suffers(kind: type[Action]) -> Shown:
    return lambda case: any(isinstance(fault.do, kind) for fault in case.faults)


def hangs_up_after(kind: type[Action]) -> Shown:
    return lambda case: suffers(kind)(case) and any(step.disconnect for step in case.script or ())


def comes_back_on(attempt: int) -> Shown:
    return lambda case: case.expect.count["connection.reconnecting"].value == attempt and suffers(Down)(case)


def closes(code: int | None) -> Shown:
    return does(CloseFrame(code=code))


def is_silent(case: Case) -> bool:
    return not case.faults and any(step.mute_us for step in case.script or ())


def loses(at_most_ms: int) -> Shown:
    """Whether so much of the caller's speech may be lost, and no more."""

    def shown(case: Case) -> bool:
        caller = case.expect.audio.caller if case.expect.audio is not None else None
        return caller is not None and caller.lost is not None and caller.lost.value == at_most_ms * 1000

    return shown


def items() -> Iterator[tuple[str, str, Shown]]:
    """What can happen, in which scenario it does, and how that shows in at least one of its cases."""
    yield "the whole ladder", "gives up only after 1+2+4+8+16", suffers(Down)
    for attempt in range(1, 6):
        yield f"recovery on attempt {attempt}", "comes back on the attempt that gets through", comes_back_on(attempt)
    yield "accepted, then kicked", "does not call for ever where it is let in and thrown out", suffers(CloseFrame)
    yield "two outages", "starts anew after a connection that has proved itself", does(Drop(), Drop())

    yield "drop", "dropped without a goodbye while the caller speaks", does(Drop())
    yield "reset", "reset while the caller speaks", does(Reset())
    yield "refuse", "the next attempts are refused", does(Reset(), Refuse())
    yield "blackhole", "a half-open connection is noticed while the caller speaks", does(Blackhole())
    yield "blackhole in silence", "a half-open connection is noticed in silence", does(Blackhole())
    yield "latency with jitter", "a slow link delays but loses nothing", slows("latency", "latency", "jitter")
    yield "bandwidth", "a narrow link delays but loses nothing", slows("bandwidth", "rate")
    yield "slicer", "frames arrive in pieces", slows("slicer")
    yield "limit_data in the middle of a frame", "cut in the middle of a frame", slows("limit_data")

    for code in (1000, 1001, 1011, None):
        yield f"close {code or 1005} while idle", "closed by the provider while idle", closes(code)
        yield f"close {code or 1005} in mid-answer", "closed by the provider in the middle of the answer", closes(code)
    yield "no pongs", "a peer that answers no pings is left", suffers(MutePings)
    yield "late pongs", "a peer that answers pings late is kept", suffers(DelayPongs)
    yield "a peer that stops reading", "a peer that stops reading is left", suffers(StopReading)
    for frame in ("truncated-json", "binary-frame"):
        yield frame, "a message that says nothing costs nothing", does(BadFrame(frame=frame))
    for frame in ("reserved-bits", "masked"):
        yield frame, "a frame that breaks the protocol costs one connection", does(BadFrame(frame=frame))
    yield "wrong UTF-8", "a text that is not UTF-8 costs one connection at most", does(BadFrame(frame="wrong-utf8"))
    yield "fragments", "a message in pieces is one message", does(BadFrame(frame="fragmented"))
    yield "oversize", "survives a bad frame in the middle of speech", does(BadFrame(frame="oversize"))

    for form in ("header-seconds", "header-date", "header-ms"):
        yield f"429 with {form}", "honours Retry-After on a rate limit", refuses(429, form=form, named=True)
    yield "429 without a time", "waits a minute where no time is told", refuses(429, named=False)
    yield "401 in an outage", "refused with 401 for good", refuses(401)
    yield "401 at the first connect", "refused with 401 at the first connect", refuses(401)
    yield "a key that expires in a call", "the token was good until a minute ago", does(RotateKey(), Drop())
    yield "503", "refused with 503 for a while", refuses(503)
    yield "stall before the upgrade", "the next attempt is accepted and not answered", does(Stall(phase="tcp"))
    yield "stall after the upgrade", "the next attempt is accepted and not answered", does(Stall(phase="upgrade"))
    yield "stall before the session is ready", "the session never becomes ready", does(Stall(phase="ready"))

    yield "disconnect during backoff", "hangs up while waiting to try again", hangs_up_after(Down)
    yield "disconnect during connect", "hangs up while an attempt is under way", hangs_up_after(Stall)
    yield "disconnect on a frozen peer", "hangs up on a frozen peer", hangs_up_after(Blackhole)

    yield "an error event that ends nothing", "an error event does not end the call", suffers(ErrorEvent)
    yield "session_expired", "the session reaches its age", does(SessionExpired())
    yield "a rate limit inside the session", "a rate limit inside the session", suffers(RateLimited)
    yield "a failed response", "an answer that fails", suffers(FailResponse)
    yield "goAway", "moves to a new session before goAway runs out", suffers(GoAway)
    yield "goAway in mid-sentence", "moves in the middle of a sentence where it must", suffers(GoAway)
    yield "resumption", "goes on with the session after a cut", lambda case: case.expect.session.resumed is True
    yield "a refused handle", "a handle that is refused is dropped", does(RefuseResume(), Reset())
    yield "silence at Deepgram", "silence does not end the call", is_silent
    yield "replay within 100 chunks", "a short gap is replayed whole", loses(at_most_ms=100)
    yield "replay beyond 100 chunks", "speech is replayed after a cut", loses(at_most_ms=1600)
    yield "listen lost while an answer is spoken", "losing listen leaves the answer alone", does(Reset())


@pytest.mark.parametrize(("scenario", "shown"), [pytest.param(*item[1:], id=item[0]) for item in items()])
def test_what_can_happen_to_a_call_is_played(scenario: str, shown: Shown) -> None:
    assert any(shown(case) for case in cases_of(scenario))


def test_every_scenario_says_what_a_caller_would_hear() -> None:
    """The examples are the format's own, to the letter, and it leaves a summary to who writes a scenario."""
    own = [case for case in CASES if "/examples/" not in case.id]

    assert [case.id for case in own if not case.summary.endswith(".")] == []


def test_no_two_scenarios_are_the_same_but_for_their_words() -> None:
    words = {"id", "place", "scenario", "summary", "source", "tags"}
    plain = [case.model_dump_json(exclude=words) for case in CASES]

    assert len(plain) == len(set(plain))
