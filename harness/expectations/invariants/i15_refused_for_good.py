"""I15: a refusal for good is taken for one: at most one more attempt, with a fresh key."""

from __future__ import annotations

import re

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, moment
from harness.scenario.limits import Limits
from harness.trace.query import Attempt

__all__ = ["INVARIANT", "is_for_good"]

STATUSES = (401, 402, 403)
CODES = (3000, 4000, 4001, 4003)
"""Close codes that say it before a session was ready: OpenAI's 3000 and 4000 (as of 2026-09), gateways' 4001 and 4003."""

WORDS = re.compile(r"API key|unregistered callers|authentication credentials|location is not supported|current quota")
"""Gemini says it in the reason of a 1007, 1008 or 1011 (google-genai issues and recordings, as of 2026-08)."""


JUST_LET_IN_US = 1_000_000


def check(story: Story, limits: Limits) -> Ruling:
    row: list[Attempt] = []
    longest: list[Attempt] = []
    for attempt in story.attempts:
        row = [*row, attempt] if _is_known_for_good(story, attempt) else []
        longest = max(longest, row, key=len)
    if not longest:
        return not_applicable("nothing was refused for good")
    first, last = longest[0], longest[-1]
    if len(longest) > limits.permanent_attempts_max:
        return broken(
            f"refused for good ({_words(first)}) at {moment(first.ended_us or 0)}, and tried {len(longest) - 1} times more, "
            f"the last at {moment(last.began.at_us)}",
            at_us=longest[limits.permanent_attempts_max].began.at_us,
            expected={"attempts": limits.permanent_attempts_max},
            got={"attempts": len(longest)},
            connections=tuple(attempt.connection for attempt in longest),
        )
    return kept(f"refused for good ({_words(first)}), {count(len(longest), 'attempt')} in all")


def _is_known_for_good(story: Story, attempt: Attempt) -> bool:
    """Whether a client of this provider has to know that. Elsewhere such words are some gateway's own, and a client that takes
    them for an ordinary failure is not to blame."""
    says_it_in_words = attempt.end is not None and attempt.end.fields.get("code") not in CODES
    is_closed = attempt.end is not None and attempt.end.kind == "wire.closed"
    return is_for_good(attempt) and not (is_closed and says_it_in_words and story.case.provider != "gemini-live")


def is_for_good(attempt: Attempt) -> bool:
    """Whether this attempt was refused in a way that no patience mends."""
    end = attempt.end
    if end is None:
        return False
    if end.kind == "wire.refused":
        return end.fields.get("status") in STATUSES
    if end.kind != "wire.closed" or end.fields.get("by") != "server":
        return False
    says_so = end.fields.get("code") in CODES or WORDS.search(str(end.fields.get("reason", ""))) is not None
    # OpenAI says ready (session.created) even to a wrong key, and hangs up.
    return says_so and (attempt.ready is None or end.at_us - attempt.ready.at_us <= JUST_LET_IN_US)


def _words(attempt: Attempt) -> str:
    assert attempt.end is not None
    fields = attempt.end.fields
    return str(fields["status"]) if attempt.end.kind == "wire.refused" else f"close {fields['code']}"


INVARIANT = Invariant(
    number="I15",
    rule="A refusal for good (401, 402, 403, a close that says so) ends it, after one attempt with a fresh key at most.",
    why="Clients that loop with a dead token were half of all upgrades at one provider, for days.",
    check=check,
)
