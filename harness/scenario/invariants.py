"""The invariants in a scenario: which of them it breaks on purpose, and other limits than the usual ones."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from harness.scenario.limits import Limits
from harness.scenario.quantities import duration_us
from harness.scenario.reading import Reader, Reading, decimal, each, quantity, whole, word
from harness.scenario.source import Node

__all__ = ["INVARIANTS", "INVARIANT_FIELDS", "LIMITS", "invariants"]

INVARIANTS = tuple(f"I{number}" for number in range(1, 29))
"""The rules that every reconnecting client must keep; `harness/expectations/invariants` says each."""

INVARIANT_FIELDS = ("except", "limits")

LIMITS = {name.removesuffix("_us"): name for name in Limits.model_fields}
"""How a scenario names each limit: times carry their unit in the value."""

COUNT_MAX = 1_000_000


def invariants(node: Node, reading: Reading) -> tuple[tuple[str, ...], Limits | None]:
    fields = reading.fields(node, thing="'invariants'", takes=INVARIANT_FIELDS, see="Invariants")
    excepted: tuple[str, ...] = fields.get("except", each(_invariant, of="invariants"), ())
    limits = fields.get("limits", _limits, None)
    fields.check()
    if not fields.entries:
        raise reading.wrong(fields.place, "this 'invariants' is empty: it says nothing", "fill it, or leave it out")
    return excepted, limits


def _invariant(node: Node, reading: Reading) -> str:
    name = word(node, reading)
    if name not in INVARIANTS:
        hint = f"did you mean '{name.upper()}'?" if name.upper() in INVARIANTS else ""
        raise reading.wrong(node.place, f"there is no invariant '{name}'", hint, "Invariants: I1 to I28.")
    return name


def _limits(node: Node, reading: Reading) -> Limits:
    fields = reading.fields(node, thing="'limits'", takes=tuple(LIMITS), see="Invariants")
    given = {name: fields.get(written, _reader(name), None) for written, name in LIMITS.items()}
    fields.check()
    if not fields.entries:
        raise reading.wrong(fields.place, "this 'limits' is empty: it changes nothing", "fill it, or leave it out")
    try:
        return Limits(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = error.errors()[0]
        written = str(wrong["loc"][0]).removesuffix("_us")
        advice = str(wrong["msg"]).replace("Input should be", "it must be")
        raise reading.wrong(fields.entries[written].value.place, f"'{written}' cannot be that", advice) from None


def _reader(name: str) -> Reader[Any]:
    if name.endswith("_us"):
        return quantity(duration_us)
    return whole(0, COUNT_MAX) if Limits.model_fields[name].annotation is int else decimal(1.0)
