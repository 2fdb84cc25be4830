"""The moment at which a run broke."""

from __future__ import annotations

from harness.expectations import Judgement

__all__ = ["broke_us"]


def broke_us(judgement: Judgement) -> int | None:
    """The moment that the first reason names; None for a pass, and where no reason is about one moment."""
    return next((finding.at_us for finding in judgement.reasons if finding.at_us is not None), None)
