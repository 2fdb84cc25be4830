"""Events as scenarios name them: `wire.attempt`, or `connection.reconnecting: {attempt: 1}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.scenario import catalogue
from harness.scenario.model import Matcher
from harness.scenario.reading import Fields, Reader, Reading, free, nearest, text, whole
from harness.scenario.source import Entry, Node, Scalar, Table

__all__ = ["event_and_options", "event_name", "matcher", "message_name"]

NTH_MAX = 1_000_000


def matcher(node: Node, reading: Reading) -> Matcher:
    """An event, or an event with `nth` and the fields that it must have."""
    match, _ = event_and_options(node, reading, options=())
    return match


def event_and_options(node: Node, reading: Reading, *, options: Sequence[str]) -> tuple[Matcher, Fields | None]:
    """An event's matcher, and those of its fields that `options` names: they say something about the place in which the
    event is asked for, not about the event. None where the event stands alone.
    """
    if isinstance(node, Scalar):
        return Matcher(event=event_name(node, reading)), None
    if not isinstance(node, Table) or len(node.entries) != 1:
        raise reading.wrong(
            node.place, "one event belongs here", takes="Write its name, or {name: {field: value}} with its fields."
        )
    (entry,) = node.entries
    event = event_name(entry.key, reading)
    if isinstance(entry.value, Scalar) and entry.value.plain and not entry.value.text:
        return Matcher(event=event), None
    known = catalogue.FIELDS.get(event, ())
    written = [each.key.text for each in entry.value.entries] if isinstance(entry.value, Table) else []
    fields = reading.fields(entry.value, thing=f"'{event}'", takes=("nth", *options, *known, *written))
    for each in fields.entries.values():
        _check_field(event, each, (*known, "nth", *options), fields)
    nth = fields.get("nth", whole(1, NTH_MAX), 1)
    asked: dict[str, Any] = {
        name: fields.get(name, free, None) for name in fields.entries if name != "nth" and name not in options
    }
    fields.check()
    return Matcher(event=event, nth=nth, fields=asked), fields


def event_name(node: Node, reading: Reading) -> str:
    """The name of an event that can happen in a run of this provider."""
    name = text(node, reading)
    faults = [event for id in reading.fault_ids for event in (f"fault.{id}", f"fault.{id}.healed")]
    known = (*catalogue.events(reading.provider), *faults)
    if name in known:
        return name
    if name.startswith("fault."):
        has = ", ".join(reading.fault_ids) or "none"
        raise reading.wrong(node.place, f"no fault makes the event '{name}'", nearest(name, faults), f"Faults: {has}.")
    if others := catalogue.who_else(name):
        only = f"only with {' and '.join(others)}"
        raise reading.wrong(node.place, f"'{name}' does not happen with {reading.provider}", only)
    hint = nearest(name, known)
    takes = "" if hint else f"Events: {', '.join(catalogue.FIELDS)}, server.<message>, client.<message>, fault.<id>."
    raise reading.wrong(node.place, f"there is no event '{name}'", hint, takes)


def message_name(side: str) -> Reader[str]:
    """A reader of one of the provider's message names, of the `server` or the `client`; the owner may stand before it."""
    messages = catalogue.SERVER_MESSAGES if side == "server" else catalogue.CLIENT_MESSAGES

    def read(node: Node, reading: Reading) -> str:
        name = text(node, reading).removeprefix(f"{side}.")
        providers = catalogue.PROVIDERS if reading.provider is None else (reading.provider,)
        known = [message for provider in providers for message in messages[provider]]
        if name not in known:
            what = f"{reading.provider or 'no provider'} has no {side} message '{name}'"
            if others := [provider for provider in catalogue.PROVIDERS if name in messages[provider]]:
                what += f", only {' and '.join(others)} has"
            takes = f"Messages: {', '.join(known)}." if len(known) <= 16 else ""
            raise reading.wrong(node.place, what, nearest(name, known), takes)
        return name

    return read


def _check_field(event: str, entry: Entry, known: Sequence[str], fields: Fields) -> None:
    """A field that the event never has would never match: an expectation on it could only ever fail, or ever hold."""
    name = entry.key.text
    if name in known:
        return
    hint = nearest(name, known)
    if catalogue.closed_fields(event):
        has = ", ".join(catalogue.FIELDS.get(event, ())) or "no fields"
        fields.note(entry.key.place, f"'{event}' has no field '{name}'", hint, f"It has: {has}.")
    elif hint and event in catalogue.FIELDS:
        fields.note(entry.key.place, f"'{event}' has no field '{name}'", hint)
