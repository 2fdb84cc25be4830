"""Semantic turn detection: a pause after a whole thought ends a turn sooner than one in the middle of a sentence.

Source of the waits for unfinished turns: openai 3.54.0, realtime_audio_input_turn_detection.py, `eagerness` (2026-08). How a
model judges a thought is not known; here a sentence is unfinished after a word that no sentence ends with.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["patience_s"]

UNFINISHED_S = {"low": 8.0, "medium": 4.0, "auto": 4.0, "high": 2.0}
FINISHED_S = {"low": 1.0, "medium": 0.5, "auto": 0.5, "high": 0.25}
"""Ours."""

NEVER_LAST = frozenset(
    {
        *("a", "an", "the", "my", "your", "his", "its", "our", "their", "every"),
        *("and", "but", "or", "nor", "because", "although", "though", "while", "whereas", "whether", "if", "unless"),
        *("until", "than", "as", "of", "at", "by", "for", "from", "in", "into", "like", "near", "on", "onto", "over"),
        *("per", "since", "through", "to", "toward", "under", "upon", "with", "within", "without"),
    }
)


def patience_s(words: Sequence[str], eagerness: str) -> float:
    """The silence after these words that ends the turn."""
    unfinished = bool(words) and words[-1].lower() in NEVER_LAST
    return (UNFINISHED_S if unfinished else FINISHED_S)[eagerness]
