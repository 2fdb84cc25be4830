"""What an invariant has to say of a trace: one ruling, in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from harness.expectations.invariants.story import Story
from harness.scenario.limits import Limits

__all__ = ["Invariant", "Ruling", "Said", "broken", "kept", "not_applicable", "undecided"]


class Said(Enum):
    """`NOT_APPLICABLE`: the run never put the rule to the test, or nobody could have seen it broken. `UNDECIDED`: it did,
    and what was recorded does not say how it went. Neither is ever a pass."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One invariant on one trace.

    Attributes:
        sentence: What was found, with the moment and the size; no full stop, so that it fits into a line.
        at_us: Where in the trace to look, if it is one moment.
        expected: What the rule asks for, as JSON.
        got: What was seen, in the same shape.
        connections: The attempts that it is about, by their numbers in the run.
    """

    said: Said
    sentence: str
    at_us: int | None = None
    expected: Any = None
    got: Any = None
    connections: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """A rule that every reconnecting client must keep, whoever wrote it.

    Attributes:
        number: `I1` to `I28`, as scenarios name them.
        rule: The rule in a sentence, as a reader of a scoreboard meets it.
        why: What happens to people where it is broken.
        check: The ruling. Pure; it sees the trace through its `Story`.
        timed: Whether a host that is late can break it.
    """

    number: str
    rule: str
    why: str
    check: Callable[[Story, Limits], Ruling]
    timed: bool = False


def kept(sentence: str, *, at_us: int | None = None, expected: Any = None, got: Any = None) -> Ruling:
    return Ruling(said=Said.KEPT, sentence=sentence, at_us=at_us, expected=expected, got=got)


def broken(
    sentence: str,
    *,
    at_us: int | None = None,
    expected: Any = None,
    got: Any = None,
    connections: tuple[int, ...] = (),
) -> Ruling:
    return Ruling(said=Said.BROKEN, sentence=sentence, at_us=at_us, expected=expected, got=got, connections=connections)


def undecided(sentence: str, *, at_us: int | None = None) -> Ruling:
    return Ruling(said=Said.UNDECIDED, sentence=sentence, at_us=at_us)


def not_applicable(sentence: str) -> Ruling:
    return Ruling(said=Said.NOT_APPLICABLE, sentence=sentence)
