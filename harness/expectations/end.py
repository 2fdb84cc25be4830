"""End: the client comes to rest in the state that was asked for, in time."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations import unheard
from harness.expectations.finding import Finding, broken, kept, undecided
from harness.expectations.words import lasting, moment
from harness.scenario.model import Case
from harness.trace import Trace
from harness.trace.query import USABLE_STATES, state_changes

__all__ = ["check"]

NAME = "end"

GIVEN_UP = ("error", "disconnected")

LATE_BY_US_MAX = 100_000
"""The run looks at the clock at its deadline, and on a real clock a little after it."""


def check(case: Case, trace: Trace) -> Iterator[Finding]:
    asked, end = case.expect.end, trace.end
    if end is None:
        return
    expected = {"state": asked.state, "by_us": asked.by_us}
    state, since_us = _last_state(trace)
    got = {"state": state, "since_us": since_us, "at_us": end.at_us, "why": end.why}
    told = f": {end.detail}" if end.detail else ""

    def fails(sentence: str) -> Finding:
        return broken(NAME, sentence, at_us=end.at_us, expected=expected, got=got)

    match end.why:
        case "hung" if (
            state == "reconnecting" and asked.state != "active" and not unheard.tells(trace, "connection.failed")
        ):
            yield undecided(
                NAME,
                f"the client had no connection at {moment(end.at_us)}, and does not say whether it has given up",
                at_us=end.at_us,
                expected=expected,
                got=got,
            )
        case "hung" if state in GIVEN_UP and asked.state == "active":
            yield fails(
                f"the client had given up: it was {state} since {moment(since_us)}, and should have been active"
            )
        case "hung":
            yield fails(
                f"the client hung: it was {state} at {moment(end.at_us)}, and should have been {asked.state} by then"
            )
        case "nothing-left":
            yield fails(f"the client waits for something that never comes, since {moment(end.at_us)}{told}")
        case "left-behind":
            yield fails(f"the client was told to stop, and left something behind{told}")
        case "flooded":
            yield fails(f"the client, or a server, told more than anybody can take{told}")
        case "client-crashed":
            yield fails(f"the client crashed at {moment(end.at_us)}{told}")
        case _ if not _is(asked.state, state):
            yield fails(
                f"the client was {state} since {moment(since_us)}, not {asked.state}, when the run ended at {moment(end.at_us)}"
            )
        case _ if end.at_us - since_us < asked.hold_us:
            held = lasting(end.at_us - since_us)
            yield fails(
                f"the client was {asked.state} for {held} only, not for {lasting(asked.hold_us)}, when the run ended at {moment(end.at_us)}"
            )
        case _ if end.at_us > asked.by_us + LATE_BY_US_MAX + end.late_us:
            yield fails(f"the run ended at {moment(end.at_us)}, later than {moment(asked.by_us)}")
        case _:
            yield kept(NAME, f"{asked.state} at {moment(end.at_us)}", at_us=end.at_us, expected=expected, got=got)


def _last_state(trace: Trace) -> tuple[str, int]:
    """The state at the end, and since when. Going from one usable state to the other is no change."""
    last, since_us = "never heard of", 0
    for at_us, state in state_changes(trace):
        if not (state in USABLE_STATES and last in USABLE_STATES):
            since_us = at_us
        last = state
    return last, since_us


def _is(asked: str, state: str) -> bool:
    """`active` means that the client can be used, and it may call that `connected` as long as nobody speaks."""
    return state in USABLE_STATES if asked == "active" else state == asked
