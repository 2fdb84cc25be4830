"""Who says what: a seeded conversation (faker), the same for the same seed, whatever the timing."""

from __future__ import annotations

import functools
import random
import re
from dataclasses import dataclass
from typing import Any

from faker.generator import Generator
from faker.providers.lorem.en_US import Provider as English

__all__ = ["Conversation", "Reply", "ToolCall"]

WORDS_IN_A_REPLY = 10
"""About so many; the agent then speaks for two to four seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    text: str
    tool_call: ToolCall | None = None


class Conversation:
    """The script of a server's conversations.

    Args:
        seed: Same seed, same words.
        reply_after_s: From the end of the caller's turn to the first message of the answer; at least 0.
        turns: The agent's answers, in order; after the last one, and where none are given, they are made up.

    Raises:
        ValueError: If `reply_after_s` is below 0.
    """

    def __init__(self, *, seed: int = 0, reply_after_s: float = 0.3, turns: tuple[str, ...] = ()) -> None:
        if not reply_after_s >= 0:
            raise ValueError(f"reply_after_s must be at least 0, not {reply_after_s}")
        self.seed = seed
        self.reply_after_s = reply_after_s
        self.turns = turns
        self._vocabulary = _vocabulary(seed)

    def word(self, cell: int) -> str:
        """The word that the caller says in this cell of their stream: lower case, no spaces.

        No word comes twice within some 240 s of speech, so a transcript shows by itself what was lost or said again.
        """
        return self._vocabulary[cell % len(self._vocabulary)]

    def reply(self, said: str, *, turn: int, tools: tuple[str, ...] = ()) -> Reply:
        """The answer to the `turn`-th turn (from 0) of a session. If the caller asks for a tool by its name (a text turn
        `call <tool>`), the reply is that call."""
        speaker = _speaker(f"{self.seed}/reply/{turn}")
        asked_for = next((name for name in re.findall(r"\bcall ([\w.-]+)", said) if name in tools), None)
        if asked_for is not None:
            return Reply(text="", tool_call=ToolCall(name=asked_for, arguments={"about": speaker.word()}))
        if turn < len(self.turns):
            return Reply(text=self.turns[turn])
        return Reply(text=speaker.sentence(nb_words=WORDS_IN_A_REPLY))


def _speaker(key: str) -> English:
    """A generator of its own for each key, so that no answer depends on which others were asked for before."""
    chance = Generator()
    chance.seed_instance(key)
    return English(chance)


@functools.lru_cache(maxsize=16)
def _vocabulary(seed: int) -> tuple[str, ...]:
    words = sorted({word.lower() for word in English.word_list if word.isalpha()})
    random.Random(f"{seed}/vocabulary").shuffle(words)
    return tuple(words)
