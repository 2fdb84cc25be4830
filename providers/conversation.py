"""What was said in a session, kept to be said again to a server that has forgotten it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Answered", "Called", "Conversation", "Entry", "Said"]

ENTRIES_MAX = 200
"""Older ones are forgotten; some hundred turns are more than any model here keeps in mind."""


@dataclass(frozen=True, slots=True)
class Said:
    """`role` is `user` or `assistant`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """The model asked for a function; `arguments` is its JSON."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The result of a function, as JSON."""

    call_id: str
    output: str


Entry = Said | Called | Answered


class Conversation:
    """The turns in the order in which they began.

    The words of a turn often become known after the answer to it has begun. So a turn takes its place first, under a
    key, and gets its words later; turns without words do not show.
    """

    def __init__(self) -> None:
        self._turns: dict[str, Entry | None] = {}
        self._added = 0

    def reserve(self, key: str) -> None:
        self._turns.setdefault(key, None)
        while len(self._turns) > ENTRIES_MAX:
            del self._turns[next(iter(self._turns))]

    def fill(self, key: str, entry: Entry) -> None:
        self.reserve(key)
        self._turns[key] = entry

    def add(self, entry: Entry) -> None:
        """A turn whose words are known as it begins."""
        self._added += 1
        self.fill(f"added {self._added}", entry)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self._turns.values() if entry is not None)

    @property
    def waits_for_an_answer(self) -> bool:
        """Whether the last word was not the model's."""
        last = next(reversed(self.entries), None)
        return isinstance(last, Answered) or (isinstance(last, Said) and last.role == "user")
