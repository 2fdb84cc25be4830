"""All invariants, by their numbers."""

from __future__ import annotations

from harness.expectations.invariants import i03_stop_is_final, i10_retry_after_is_obeyed, i12_no_busy_loop
from harness.expectations.invariants.ruling import Invariant

__all__ = ["INVARIANTS"]

INVARIANTS: dict[str, Invariant] = {
    invariant.number: invariant
    for invariant in (
        i03_stop_is_final.INVARIANT,
        i10_retry_after_is_obeyed.INVARIANT,
        i12_no_busy_loop.INVARIANT,
    )
}
"""A new one is a file and a line here."""
