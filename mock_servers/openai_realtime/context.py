"""What a response reads: the instructions and the conversation, cut to what the model takes.

Source of the truncation: openai 3.54.0, types/realtime/realtime_truncation_retention_ratio.py and `truncation` (2026-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.tokens import Tokens, of_item, of_words

__all__ = ["read_context"]


def read_context(
    instructions: str, items: Iterable[Item], *, truncation: str | dict[str, Any], tokens_max: int
) -> Tokens:
    """The tokens of what is read; from the oldest on, items are left out where there is no room for all.

    Args:
        tokens_max: What the model reads at most.

    Raises:
        Refused: If there is no room, and the session does not want anything to be left out.
    """
    fixed = Tokens(text=of_words(instructions))
    costs = [of_item(item) for item in items]
    room = _room(truncation, tokens_max)
    if fixed.total + _total(costs) <= room:
        return _sum(fixed, costs)
    if truncation == "disabled":
        # That it is an error is documented; its code is not.
        raise Refused(
            "context_length_exceeded", f"The conversation has more than the {tokens_max} tokens that the model reads."
        )
    kept = room * (truncation["retention_ratio"] if isinstance(truncation, dict) else 1.0)
    while costs and fixed.total + _total(costs) > kept:
        del costs[0]
    return _sum(fixed, costs)


def _room(truncation: str | dict[str, Any], tokens_max: int) -> int:
    limits = (truncation.get("token_limits") or {}) if isinstance(truncation, dict) else {}
    limit = limits.get("post_instructions")
    return tokens_max if limit is None else min(tokens_max, limit)


def _total(costs: Sequence[Tokens]) -> int:
    return sum(cost.total for cost in costs)


def _sum(fixed: Tokens, costs: Sequence[Tokens]) -> Tokens:
    return sum(costs, fixed)
