"""Which elements of two sequences belong to each other: the longest common subsequence, where the two are much alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

__all__ = ["EDITS_MAX", "matched"]

EDITS_MAX = 1_000
"""Work and memory grow with the square of the edits; two runs that have more than this have hardly anything in common."""


def matched(
    left: Sequence[Hashable], right: Sequence[Hashable], *, edits_max: int = EDITS_MAX
) -> list[tuple[int, int]]:
    """Pairs of places with equal elements, both rising; as many as there can be.

    Where it takes more than `edits_max` edits to come from one to the other, only the ends that they share are matched.
    After E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986).
    """
    front = _shared(left, right)
    back = _shared(left[front:][::-1], right[front:][::-1])
    middle = _middle(left[front : len(left) - back], right[front : len(right) - back], edits_max)
    return [
        *((place, place) for place in range(front)),
        *((front + a, front + b) for a, b in middle),
        *((len(left) - place, len(right) - place) for place in range(back, 0, -1)),
    ]


def _shared(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    """How many elements at the front are the same."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))


def _middle(left: Sequence[Hashable], right: Sequence[Hashable], edits_max: int) -> list[tuple[int, int]]:
    # On the diagonal k = a - b, `reached[k]` is the furthest a that so many edits lead to.
    reached = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(min(len(left) + len(right), edits_max) + 1):
        history.append(dict(reached))
        for k in range(-edits, edits + 1, 2):
            a = reached[k + 1] if _comes_from_above(reached, k, edits) else reached[k - 1] + 1
            while a < len(left) and a - k < len(right) and left[a] == right[a - k]:
                a += 1
            reached[k] = a
            if a >= len(left) and a - k >= len(right):
                return _walked_back(history, len(left), len(right))
    return []


def _comes_from_above(reached: dict[int, int], k: int, edits: int) -> bool:
    """Whether the last edit is an element of `right` alone."""
    return k == -edits or (k != edits and reached[k - 1] < reached[k + 1])


def _walked_back(history: list[dict[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(history) - 1, -1, -1):
        reached, k = history[edits], a - b
        before = k + 1 if _comes_from_above(reached, k, edits) else k - 1
        from_a = reached[before] if edits else 0
        from_b = from_a - before if edits else 0
        while a > from_a and b > from_b:
            a, b = a - 1, b - 1
            pairs.append((a, b))
        a, b = from_a, from_b
    return pairs[::-1]
