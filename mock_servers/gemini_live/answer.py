"""What the model is doing about the caller's last turn: thinking, speaking, or waiting for a function."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_servers.gemini_live.turn import AGENT_RATE_HZ, Step, Turn
from mock_servers.gemini_live.usage import NO_TOKENS, Tokens

__all__ = ["Answer", "Calling", "Reasoning", "Speaking", "Thinking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """The caller's turn is over, and the answer is about to begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """A few words were said, and the answer proper comes when the model has reasoned enough."""

    text: str
    asked: str


@dataclass(slots=True, kw_only=True)
class Speaking:
    """The model's turn is going out, step by step from `began_s` on.

    Attributes:
        place: Its entry in the dialogue; None for words beside the answer.
        then: The answer that comes behind these words.
    """

    turn: Turn
    began_s: float
    place: int | None
    thoughts: Tokens = NO_TOKENS
    tool_use: Tokens = NO_TOKENS
    then: Reasoning | None = None
    _done: list[Step] = field(default_factory=list)

    def step(self) -> Step | None:
        """The next step, which is taken herewith; None if there is none left and the turn is over."""
        if len(self._done) == len(self.turn.steps):
            return None
        self._done.append(self.turn.steps[len(self._done)])
        return self._done[-1]

    @property
    def next_s(self) -> float:
        """When the next step is due, or the end of the turn after the last one."""
        left = len(self._done) < len(self.turn.steps)
        return self.began_s + (self.turn.steps[len(self._done)].after_s if left else self.turn.over_after_s)

    @property
    def text(self) -> str:
        """The words that have gone out."""
        return "".join(step.text for step in self._done)

    @property
    def tokens(self) -> Tokens:
        audio_s = sum(len(step.audio) for step in self._done) / 2 / AGENT_RATE_HZ
        return Tokens.of(audio_s=audio_s) if audio_s else Tokens.of(text=self.text)


@dataclass(slots=True, kw_only=True)
class Calling:
    """The model waits for the results of these function calls."""

    ids: list[str]


Answer = Thinking | Reasoning | Speaking | Calling
