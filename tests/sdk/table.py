"""The matrix for people: for each vendor a table, a capability to a line, an SDK to a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from tests.sdk.outcomes import Outcome
from tests.sdk.rows import Told, repeat

__all__ = ["matrix"]

PLACES = {
    "python": (
        (("async", "ws"), ("async", "wss"), ("async", "virtual")),
        (("sync", "ws"), ("sync", "wss")),
    ),
    "node": ((("async", "ws"), ("async", "wss")),),
}
"""What the marks of a cell stand for, in their order: groups are a space apart."""

MARKS = {"green": ("✓", "green"), "red": ("✗", "bold red"), "not applicable": ("·", "dim"), None: (" ", "")}

NAMED = 6
"""How many capabilities are named that are red with the same message."""

LEGEND = (
    "Python: async over ws, wss, the virtual clock; then sync over ws, wss. JavaScript: ws, wss. "
    "✓ green, ✗ red, · not applicable"
)


def matrix(told: Sequence[Told], console: Console) -> None:
    """Print the tables, what was counted, and each red with its message and the command that repeats it."""
    for vendor in dict.fromkeys(each.row.vendor for each in told):
        played = [each for each in told if each.row.vendor == vendor and not each.not_run]
        if any(each.outcomes for each in played):
            console.print(_table(played))
    console.print(LEGEND, style="dim")
    console.print()
    for each in told:
        console.print(Text(_summary(each), style="" if each.is_green else "red"))
    excused: dict[str, dict[str, None]] = {}
    for each in told:
        for what, why in each.count.without_reason.items() if each.count else ():
            excused.setdefault(why, {})[what] = None
    if excused:
        console.print(Text("\nexcused: what a mock never sends, since nothing here could cause it", "dim"))
        console.print(Text(_indented(f"{why}: {', '.join(kinds)}" for why, kinds in excused.items()), "dim"))
    for each in told:
        for part in _complaints(each):
            console.print(part)


def _table(told: Sequence[Told]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", overflow="fold")
    for each in told:
        table.add_column(f"{_sdk(each)}\n{each.version}")
    for name in dict.fromkeys(outcome.capability for each in told for outcome in each.outcomes):
        table.add_row(name, *(_cell(each, name) for each in told))
    return Group(table, "")


def _cell(told: Told, name: str) -> Text:
    results = {(each.api, each.transport): each.result for each in told.outcomes if each.capability == name}
    cell = Text()
    for group in PLACES[told.row.runtime]:
        for place in group:
            mark, style = MARKS[results.get(place)]  # type: ignore[call-overload]
            cell.append(mark, style)
        cell.append(" ")
    return cell


def _title(told: Told) -> str:
    return f"{_sdk(told)} {told.version}"


def _sdk(told: Told) -> str:
    return f"{told.row.package}{' (JS)' if told.row.runtime == 'node' else ''}"


def _summary(told: Told) -> str:
    title = _title(told)
    if told.not_run:
        return f"{title}: not run: {told.not_run}"
    results = [each.result for each in told.outcomes]
    parts = [f"{results.count('green')} green", f"{results.count('red')} red"]
    if told.only_alone:
        parts.append(f"{len(told.only_alone)} green only alone")
    if told.broken:
        parts.append("broken")
    counted = "" if told.count is None else f"; {told.count}"
    return f"{title}: {', '.join(parts)}{counted}; {told.took_s:g} s"


def _complaints(told: Told) -> Iterator[RenderableType]:
    title = _title(told)
    for why in told.broken:
        yield Text(f"\n✗ {title}", "bold red")
        yield Text(_indented([why]))
    for why, reds in _by_reason(told.red).items():
        first = reds[0]
        names = [f"{each.capability}, {each.api}, {each.transport}" for each in reds[:NAMED]]
        more = [f"and {len(reds) - NAMED} more"] if len(reds) > NAMED else []
        yield Text(f"\n✗ {title}: {'; '.join([*names, *more])}", "bold red")
        yield Text(_indented([why, repeat(told, first)]))
    if told.count is not None and not told.count.is_whole:
        yield Text(f"\n✗ {title}: the message kinds", "bold red")
        missing = [f"{share.name}: the mock has no {kind}" for share in told.count.shares for kind in share.missing]
        yield Text(_indented([*missing, *told.count.invalid]))
    if told.only_alone:
        yield Text(f"\n{title}: red among others, green alone", "yellow")
        yield Text(
            _indented(f"{each.capability}, {each.api}, {each.transport}: {each.why}" for each in told.only_alone)
        )


def _by_reason(reds: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """One cause often has many faces: a message is told once, with all whom it hit."""
    reasons: dict[str, list[Outcome]] = {}
    for each in reds:
        reasons.setdefault(each.why, []).append(each)
    return reasons


def _indented(texts: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for text in texts for line in text.splitlines())
