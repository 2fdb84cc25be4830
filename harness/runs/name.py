"""`RUN::case`, taken apart."""

from __future__ import annotations

__all__ = ["split_name"]


def split_name(text: str) -> tuple[str, str]:
    """The run and what is meant in it, which is "" for all of it. Ids of cases have a `::` of their own, and keep it."""
    run, _, case = text.partition("::")
    return run, case
