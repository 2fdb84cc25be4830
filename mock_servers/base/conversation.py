"""Who says what: a seeded conversation (faker), the same for the same seed, whatever the timing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Conversation", "Reply", "ToolCall"]


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
    """

    def __init__(self, *, seed: int = 0, reply_after_s: float = 0.3, turns: tuple[str, ...] = ()) -> None:
        raise NotImplementedError

    reply_after_s: float

    def word(self, cell: int) -> str:
        """The word that the caller says in this cell of their stream: lower case, no spaces."""
        raise NotImplementedError

    def reply(self, said: str, *, turn: int, tools: tuple[str, ...] = ()) -> Reply:
        """The answer to the `turn`-th turn (from 0) of a session. If the caller asks for a tool by its name (a text turn
        `call <tool>`), the reply is that call."""
        raise NotImplementedError
