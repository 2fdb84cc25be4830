"""The difference between two runs, in lines for people and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.expectations.words import count, lasting, moment, ordinal
from harness.replay import Changed, Difference, Divergence
from harness.reports.lines import Line, Span, Tone, printable, shortened
from harness.trace import Event

__all__ = ["as_json", "difference_lines"]

SHOWN_MAX = 5
"""Of what changed and of what moved; what comes first explains the rest more often than not."""

FIELDS_CHARACTERS_MAX = 120
LABEL_CHARACTERS = 10

WHOSE = {
    "run": "what deadair did",
    "caller": "what the caller did",
    "faults": "the faults",
    "wire": "the connections",
    "server": "what the server said",
    "client": "what the client said on the wire",
    "told": "what the client told its application",
    "replay": "the recording",
}


def difference_lines(found: Difference, *, left: str, right: str) -> Iterator[Line]:
    """What is different between the runs that are called `left` and `right`; one line if nothing is."""
    if found.is_same:
        yield (Span("the same", "good"), Span(_how_alike(found)))
        return
    yield (Span("not the same: "), Span(f"- {printable(left)}", "bad"), Span(f"  + {printable(right)}", "good"))
    if found.divergences:
        yield from _parted(found.divergences[0])
        others = [WHOSE[one.owner] for one in found.divergences[1:]]
        if others:
            yield _labelled("later", f"also parted: {', '.join(others)}")
        yield _labelled("in all", f"{count(found.only_left, 'event')} only in -, {found.only_right} only in +")
    yield from _waits(found)
    for one in found.changed[:SHOWN_MAX]:
        yield from _other_fields(one)
    yield from _more("changed", len(found.changed))
    if found.clock == "virtual":
        for moved in found.moved[:SHOWN_MAX]:
            sign = "later" if moved.by_us > 0 else "earlier"
            text = f"{moved.left.kind} from {moment(moved.left.at_us)}, {lasting(abs(moved.by_us))} {sign}"
            yield _labelled("moved", printable(text))
        yield from _more("moved", len(found.moved))
    if found.ends:
        yield _labelled("end", f"- {found.ends[0]}  + {found.ends[1]}")


def as_json(found: Difference) -> dict[str, Any]:
    """The same as JSON values, with nothing left out."""
    return {
        "deadair_diff": 1,
        "same": found.is_same,
        "identical": found.is_identical,
        "clock": found.clock,
        "divergences": [
            {
                "owner": one.owner,
                "at_us": one.at_us,
                "before": [_event(event) for event in one.before],
                "left": [_event(event) for event in one.left],
                "right": [_event(event) for event in one.right],
            }
            for one in found.divergences
        ],
        "only_left": found.only_left,
        "only_right": found.only_right,
        "changed": [
            {
                "left": _event(one.left),
                "right": _event(one.right),
                "fields": {name: list(values) for name, values in one.fields.items()},
            }
            for one in found.changed
        ],
        "moved": [
            {
                "kind": one.left.kind,
                "connection": one.left.connection,
                "left_us": one.left.at_us,
                "right_us": one.right.at_us,
            }
            for one in found.moved
        ],
        "waits_us": [list(wait) for wait in found.waits_us],
        "ends": list(found.ends) if found.ends else None,
    }


def _how_alike(found: Difference) -> str:
    if found.is_identical:
        return ", event for event, to the microsecond"
    moved = f"; {count(len(found.moved), 'event')} at another time" if found.moved else ""
    return f", event for event{moved}" if found.clock == "virtual" else f", in the same order{moved}"


def _parted(parted: Divergence) -> Iterator[Line]:
    yield (
        Span(f"{'parted':<{LABEL_CHARACTERS}}", "dim"),
        Span(f"{WHOSE[parted.owner]}, at {moment(parted.at_us)}"),
    )
    for event in parted.before:
        yield _told(" ", event, "dim")
    yield from _next("-", parted.left, "bad")
    yield from _next("+", parted.right, "good")


def _next(sign: str, events: tuple[Event, ...], tone: Tone) -> Iterator[Line]:
    for event in events:
        yield _told(sign, event, tone)
    if not events:
        yield (Span(" " * LABEL_CHARACTERS), Span(f"{sign} nothing more", tone))


def _told(sign: str, event: Event, tone: Tone) -> Line:
    connection = f" #{event.connection}" if event.connection is not None else ""
    told = ", ".join(f"{name}: {value}" for name, value in event.fields.items() if name not in ("account", "audio"))
    fields = f"  {shortened(told, FIELDS_CHARACTERS_MAX)}" if told else ""
    return (
        Span(" " * LABEL_CHARACTERS),
        Span(printable(f"{sign} {moment(event.at_us):>10}  {event.kind}{connection}{fields}"), tone),
    )


def _waits(found: Difference) -> Iterator[Line]:
    for number, (left, right) in enumerate(found.waits_us, start=1):
        if left == right or (left is not None and right is not None and abs(left - right) <= found.agrees_within_us):
            continue
        texts = ["none" if one is None else lasting(one) for one in (left, right)]
        yield _labelled("wait", f"{ordinal(number)}: - {texts[0]}  + {texts[1]}")


def _other_fields(changed: Changed) -> Iterator[Line]:
    for name, values in list(changed.fields.items())[:SHOWN_MAX]:
        texts = [shortened(str(value), FIELDS_CHARACTERS_MAX) for value in values]
        at = f"{changed.left.kind} at {moment(changed.left.at_us)}"
        yield _labelled("changed", f"{at}, {name}: - {texts[0]}  + {texts[1]}")


def _more(label: str, number: int) -> Iterator[Line]:
    if number > SHOWN_MAX:
        yield _labelled(label, f"and {number - SHOWN_MAX} more")


def _labelled(label: str, text: str) -> Line:
    return (Span(f"{label:<{LABEL_CHARACTERS}}", "dim"), Span(printable(text)))


def _event(event: Event) -> dict[str, Any]:
    return {
        "at_us": event.at_us,
        "kind": event.kind,
        "connection": event.connection,
        "fields": dict(event.fields),
    }
