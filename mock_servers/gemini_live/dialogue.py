"""What has been said in a session, by whom, and how many tokens that is."""

from __future__ import annotations

from dataclasses import replace

from mock_servers.gemini_live.resumption import Remembered, Said
from mock_servers.gemini_live.usage import Tokens

__all__ = ["Dialogue"]


class Dialogue:
    """Grows from what is remembered of it; `context` are the tokens that the next answer is charged for."""

    def __init__(self, past: Remembered) -> None:
        self._past = past
        self._said = list(past.history)
        self.context = past.context

    def add(self, role: str, text: str) -> None:
        """Somebody has said this; that spoken words are charged as audio is up to `charge`."""
        self._said.append(Said(role=role, text=text))

    def add_aside(self, text: str = "") -> None:
        """The model has done something else than answer: it asked for a function, it said a few words meanwhile."""
        self._said.append(Said(role="model", text=text, is_aside=True))

    def note(self, text: str) -> None:
        """This is known from now on, and calls for no answer."""
        self._said.append(Said(role="note", text=text))

    def add_answer(self) -> int:
        """The model begins to speak; the place of its words, for `complete_answer`.

        The place is taken at the beginning, so that what the caller says meanwhile comes after the answer.
        """
        self.add("model", "")
        return len(self._said) - 1

    def complete_answer(self, place: int, text: str) -> None:
        self._said[place] = Said(role="model", text=text)

    def charge(self, tokens: Tokens) -> None:
        self.context += tokens

    def shorten(self, total: int) -> None:
        """Forget what is beyond so many tokens of context."""
        self.context = self.context.at_most(total)

    @property
    def answers(self) -> int:
        """How many answers the model has given or begun; calls of functions are none."""
        return sum(said.role == "model" and not said.is_aside for said in self._said)

    @property
    def unanswered(self) -> tuple[Said, ...]:
        """What was said since the model's last word."""
        last = max((i for i, said in enumerate(self._said) if said.role == "model"), default=-1)
        return tuple(self._said[last + 1 :])

    @property
    def last_question(self) -> str:
        """What the caller said last; nothing if they have said nothing."""
        return next((said.text for said in reversed(self._said) if said.role == "user"), "")

    def remember(self) -> Remembered:
        """The dialogue as it stands."""
        return replace(self._past, history=tuple(self._said), context=self.context)
