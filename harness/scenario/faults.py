"""A fault as it is written: one trigger, one action, one end."""

from __future__ import annotations

import itertools

from harness.scenario.actions import action, action_word
from harness.scenario.events import matcher
from harness.scenario.model import Action, Fault, Nth, Trigger
from harness.scenario.quantities import duration_us
from harness.scenario.reading import Fields, Reading, Unread, boolean, choice, quantity, whole, word
from harness.scenario.source import Listing, Node, Scalar, Table

__all__ = ["FIELDS", "fault_ids", "faults"]

FIELDS = ("id", "at", "when", "after", "together", "do", "on", "for", "times", "until", "allow_unfired")

FAULTS_MAX = 200
TIMES_MAX = 10_000

_ID = "a lower-case letter, then letters, digits, '-' and '_'"


def fault_ids(node: Node | None) -> tuple[str, ...]:
    """The id of each fault of a list, before any is read, so that events can name faults above and below them.

    Where a fault has none it gets its action's word; the second of a kind `-2`, the third `-3`.
    """
    if not isinstance(node, Listing) or len(node.items) > FAULTS_MAX:
        return ()
    given = [_given_id(item) for item in node.items]
    taken = {id for id in given if id is not None}
    ids: list[str] = []
    for item, own in zip(node.items, given, strict=True):
        id = own or _free_id(item, taken)
        taken.add(id)
        ids.append(id)
    return tuple(ids)


def faults(node: Node, reading: Reading) -> tuple[Fault, ...]:
    """All faults of a scenario; `reading.fault_ids` are theirs."""
    if not isinstance(node, Listing):
        raise reading.wrong(node.place, "faults are a list", "write '- {at: 5s, do: reset}'")
    if len(node.items) > FAULTS_MAX:
        raise reading.wrong(node.place, f"a scenario has at most {FAULTS_MAX} faults", "make several of it")
    read: list[Fault] = []
    unread = False
    for number, item in enumerate(node.items):
        id = reading.fault_ids[number]
        try:
            if id in reading.fault_ids[:number]:
                assert isinstance(item, Table)
                place = (item.get("id") or item).place
                raise reading.wrong(place, f"a fault above has the id '{id}' already", "give this one another")
            read.append(_fault(item, reading, id=id, first=number == 0))
        except Unread:
            unread = True
    if unread:
        raise Unread
    return tuple(read)


def _free_id(item: Node, taken: set[str]) -> str:
    do = item.get("do") if isinstance(item, Table) else None
    kind = (action_word(do) if do is not None else None) or "fault"
    names = itertools.chain([kind], (f"{kind}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _given_id(item: Node) -> str | None:
    id = item.get("id") if isinstance(item, Table) else None
    return id.text if isinstance(id, Scalar) and id.text else None


def _fault(node: Node, reading: Reading, *, id: str, first: bool) -> Fault:
    fields = reading.fields(node, thing="a fault", takes=FIELDS, see="What goes wrong")
    fields.get("id", _fault_id, "")
    do: Action = fields.need("do", action, hint="what shall happen? For example 'do: reset'")
    trigger = _trigger(fields, id=id, first=first)
    on = fields.get("on", _where, None)
    for_us = fields.get("for", quantity(duration_us), None)
    times = fields.get("times", whole(1, TIMES_MAX), None)
    until = fields.get("until", matcher, None)
    allow_unfired = fields.get("allow_unfired", boolean, False)
    ends = [name for name in ("for", "times", "until") if fields.has(name)]
    if len(ends) > 1:
        fields.note(fields.place_of(ends[1]), f"'{ends[0]}' and '{ends[1]}' are two ends", "a fault has one")
    fields.check()
    if not do.lasting and (lasting := next((name for name in ("for", "until") if name in ends), None)):
        said = action_word(fields.entries["do"].value)
        what = f"'{said}' happens at a moment: '{lasting}' has nothing to end"
        fields.note(fields.place_of(lasting), what, "'times: 3' does it three times")
    fields.check()
    return Fault.model_validate(
        {
            "id": id, "trigger": trigger, "do": do, "on": on, "for_us": for_us, "times": times, "until": until,
            "allow_unfired": allow_unfired,
        }
    )  # fmt: skip


def _fault_id(node: Node, reading: Reading) -> str:
    id = word(node, reading)
    if not (id.isascii() and id[0].islower() and id.replace("-", "").replace("_", "").isalnum() and id == id.lower()):
        raise reading.wrong(node.place, f"'{id}' is no id for a fault", f"an id is {_ID}")
    return id


def _trigger(fields: Fields, *, id: str, first: bool) -> Trigger:
    """One of `at`, `when`, `after`; `after` may stand with another. Mistakes are noted, for `check` to raise."""
    at_us = fields.get("at", quantity(duration_us), None)
    when = fields.get("when", matcher, None)
    after_us = fields.get("after", quantity(duration_us), None)
    together = fields.get("together", boolean, False)
    if not any(fields.has(name) for name in ("at", "when", "after")):
        fields.note(fields.place, "a fault needs a trigger", "at: 5s, when: <event>, or after: 2s")
    if fields.has("at") and fields.has("when"):
        fields.note(fields.place_of("when"), "'at' and 'when' are two triggers", "a fault has one")
    if fields.has("together") and not fields.has("when"):
        what = "'together' arms a 'when' at once, and this fault has none"
        fields.note(fields.place_of("together"), what, "leave it out")
    if fields.has("after") and not fields.has("at") and not fields.has("when") and first:
        what = "'after' alone counts from the fault before it, and this is the first"
        fields.note(fields.place_of("after"), what, "write 'at: …'")
    if when is not None and when.event in (f"fault.{id}", f"fault.{id}.healed"):
        fields.note(fields.place_of("when"), "this fault waits for itself: it would never happen")
    if at_us is not None and after_us is not None:
        return Trigger(at_us=at_us + after_us)
    return Trigger(at_us=at_us, when=when, after_us=after_us, together=together)


def _where(node: Node, reading: Reading) -> str | Nth:
    if isinstance(node, Table):
        fields = reading.fields(node, thing="'on'", takes=("nth",), see="What goes wrong")
        nth = fields.need("nth", whole(1, TIMES_MAX))
        fields.check()
        return Nth(nth=nth)
    said: str = choice("live", "next", "all")(node, reading)
    return said
