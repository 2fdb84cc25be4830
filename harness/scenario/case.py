"""One case: its fields read, and the whole looked at for what no field can see alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from harness.scenario.expand import Draft
from harness.scenario.expect import expect
from harness.scenario.faults import fault_ids, faults
from harness.scenario.model import Case, Matcher, ProviderName, Tls
from harness.scenario.quantities import said_us
from harness.scenario.reading import Fields, Reader, Reading, Unread, choice, each, text, whole, word
from harness.scenario.script import client, runs, server, session, steps
from harness.scenario.source import Listing, Node, Table

__all__ = ["CLOCKS", "FIELDS", "SEED_MAX", "read_case"]

FIELDS = (
    "scenario", "summary", "source", "tags",
    "provider", "client", "session", "script", "server", "clock", "seed", "runs", "matrix",
    "faults", "expect",
)  # fmt: skip

CLOCKS = ("virtual", "real")
SEED_MAX = 2**63 - 1
"""What a signed 64-bit number holds, so that a seed survives every JSON reader."""


def read_case(draft: Draft, reading: Reading, *, file: str) -> Case | None:
    """The case, or None where its mistakes, all noted, leave none. `file` is how ids name its file."""
    ids = fault_ids(draft.table.get("faults"))
    reading = replace(reading, provider=draft.provider, fault_ids=ids)
    try:
        return _read(draft, reading, file)
    except Unread:
        return None


def _read(draft: Draft, reading: Reading, file: str) -> Case:
    fields = reading.fields(draft.table, thing="a scenario", takes=FIELDS, see="What runs")
    summary = fields.get("summary", text, "")
    source = fields.get("source", _url, "")
    tags = fields.get("tags", each(word, of="words"), ())
    provider: ProviderName = fields.need("provider", _provider(draft), hint="who is called?")
    who = fields.get("client", client, None)
    asked: dict[str, Any] = fields.get("session", session, {})
    script = fields.get("script", steps, None)
    answers = fields.get("server", server, None)
    clock = fields.get("clock", choice(*CLOCKS), None)
    seed = fields.get("seed", whole(0, SEED_MAX), 0)
    times = fields.get("runs", runs, None)
    trouble = fields.get("faults", faults, ())
    must = fields.need("expect", expect, hint="a scenario that expects nothing checks nothing")
    fields.check()
    given = {"server": answers, "runs": times}
    case = Case.model_validate(
        {
            "id": f"{file}::{draft.name}",
            "place": f"{draft.place.path}:{draft.place.line}",
            "scenario": draft.scenario,
            "summary": summary,
            "source": source,
            "tags": tags,
            "provider": provider,
            "client": who,
            "session": asked,
            "script": script,
            "clock": clock,
            "seed": seed,
            "faults": trouble,
            "expect": must,
            **{name: value for name, value in given.items() if value is not None},
        }
    )
    _make_sense(case, fields)
    fields.check()
    return case


def _provider(draft: Draft) -> Reader[ProviderName]:
    def read(node: Node, reading: Reading) -> ProviderName:
        # Expanding has read it; where that failed it has said why.
        if draft.provider is None:
            raise Unread
        return draft.provider

    return read


def _url(node: Node, reading: Reading) -> str:
    url = word(node, reading)
    if not url.startswith(("https://", "http://")):
        raise reading.wrong(node.place, f"'{url}' is no address", "write it with https://")
    return url


# ── what only the whole shows ────────────────────────────────────────────────


def _make_sense(case: Case, fields: Fields) -> None:
    """Notes what could be read and can never work."""
    _within_the_run(case, fields)
    _tls_on_the_real_clock(case, fields)
    _no_circles(case, fields)


def _within_the_run(case: Case, fields: Fields) -> None:
    by_us = case.expect.end.by_us
    for at_us, node in _moments(case, fields):
        if at_us >= by_us:
            what = f"this is {said_us(at_us)} into a run that is over by {said_us(by_us)}"
            fields.note(node.place, what, "give 'expect.end.by' more time")


def _moments(case: Case, fields: Fields) -> Iterator[tuple[int, Node]]:
    steps = zip(case.script or (), _tables(fields, "script"), strict=False)
    yield from ((step.at_us, node.get("at") or node) for step, node in steps if step.at_us is not None)
    faults = zip(case.faults, _tables(fields, "faults"), strict=False)
    yield from (
        (fault.trigger.at_us, node.get("at") or node) for fault, node in faults if fault.trigger.at_us is not None
    )


def _tls_on_the_real_clock(case: Case, fields: Fields) -> None:
    for fault, node in zip(case.faults, _tables(fields, "faults"), strict=False):
        if case.clock == "virtual" and isinstance(fault.do, Tls):
            what = "TLS goes wrong on the real clock only, and this scenario asks for the virtual one"
            fields.note((node.get("do") or node).place, what, "write 'clock: real'")


def _no_circles(case: Case, fields: Fields) -> None:
    """A fault that waits for one that waits for it, however far round, never happens."""
    waits = {fault.id: _awaited(fault.trigger.when) for fault in case.faults}
    for fault, node in zip(case.faults, _tables(fields, "faults"), strict=False):
        seen, at = [fault.id], waits.get(fault.id)
        while at is not None and at not in seen:
            seen.append(at)
            at = waits.get(at)
        if at == fault.id and len(seen) > 1:
            circle = " → ".join(f"'{id}'" for id in (*seen, fault.id))
            fields.note((node.get("when") or node).place, f"these faults wait for each other: {circle}")
            return


def _awaited(when: Matcher | None) -> str | None:
    if when is None or not when.event.startswith("fault."):
        return None
    return when.event.split(".")[1]


def _tables(fields: Fields, name: str) -> list[Table]:
    node = fields.entries[name].value if fields.has(name) else None
    return [item for item in node.items if isinstance(item, Table)] if isinstance(node, Listing) else []
