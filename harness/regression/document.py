"""A comparison as JSON, for machines. Pure."""

from __future__ import annotations

import json
from typing import Any

from harness.regression.change import CaseDrift, Change, Weight
from harness.regression.drift import Drift, Timed, exit_code
from harness.regression.gate import Measured
from harness.regression.shape import Order
from harness.regression.words import causes, headline, see

__all__ = ["as_json"]

VERSION = 1


def as_json(drift: Drift) -> str:
    """The whole comparison as the text of a file: ASCII, so that it does nothing to whoever prints it."""
    document = {
        "deadair_compare": VERSION,
        "base": drift.base,
        "new": drift.new,
        "exit_code": exit_code(drift),
        "headline": headline(drift),
        "compared": drift.compared,
        "totals": {weight.value: len(drift.having(weight)) for weight in Weight},
        "causes": [{"sentence": sentence, "cases": times} for sentence, times in causes(drift)],
        "cases": [_case(case) | {"see": see(drift, case)} for case in drift.cases],
        "gone": list(drift.gone),
        "added": list(drift.added),
        "yardstick": _measured(drift.yardstick) if drift.yardstick is not None else None,
        "times": [_timed(timed) for timed in drift.timed],
    }
    return json.dumps(document, indent=2) + "\n"


def _case(case: CaseDrift) -> dict[str, Any]:
    return {
        "case": case.case_id,
        "clock": case.clock,
        "weight": case.weight.value,
        "changes": [_change(change) for change in case.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "weight": change.weight.value,
        "what": change.what,
        "sentence": change.sentence,
        "detail": change.detail,
        "base": _order(change.base),
        "new": _order(change.new),
    }


def _order(order: Order | None) -> list[str] | None:
    return list(order.words) if order is not None else None


def _timed(timed: Timed) -> dict[str, Any]:
    return {
        "case": timed.case_id,
        "kind": timed.kind,
        **_measured(timed.measured),
        "seen_from_us": timed.seen_from_us,
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "standing": measured.standing.value,
        "base_us": measured.base_us,
        "new_us": measured.new_us,
        "samples": measured.samples,
        "shift_us": measured.shift_us,
        "p": measured.chance,
    }
