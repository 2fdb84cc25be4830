"""Playing a link without a loop: what was sent at which moment, and what left it when."""

from __future__ import annotations

import math
from random import Random

from harness.faults.link import Link
from harness.faults.toxics import End, Item, Toxic

__all__ = ["drain", "link_with", "sent"]


def link_with(*toxics: Toxic, seed: int = 0) -> Link:
    """A link under these toxics since 0 s, all of them hit; they are named t0, t1, …"""
    link = Link(lambda key: Random(f"{seed}/{key}"))
    for number, toxic in enumerate(toxics):
        link.add(f"t{number}", toxic, toxicity=1.0, at=0.0)
    return link


def drain(link: Link, *, until: float = math.inf) -> list[tuple[float, Item]]:
    """What leaves the link by `until`, and when, asking it whenever it wants to be asked."""
    out: list[tuple[float, Item]] = []
    now = 0.0
    while (due := link.due()) is not None and due <= until:
        now = max(now, due)
        while (item := link.take(now)) is not None:
            out.append((now, item))
    return out


def sent(out: list[tuple[float, Item]]) -> bytes:
    return b"".join(item for _, item in out if not isinstance(item, End))
