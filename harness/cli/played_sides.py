"""Playing what a comparison still lacks: the revisions among its sides, in turns, each in a checkout of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from harness.cli.selection import select
from harness.cli.sides import Agreed, Asked, Kept, Revision, judged_again
from harness.errors import DeadairError
from harness.expectations.words import count
from harness.regression.drift import Side
from harness.regression.gathered import kept_in
from harness.reports import Terminal
from harness.revisions import Plan, Round, Tree, played
from harness.runs.about import ABOUT

__all__ = ["a_sigterm_interrupts", "played_sides"]

LABELS = ("base", "new")


def played_sides(asked: tuple[Asked, Asked], plan: Plan, beside: Terminal) -> tuple[Side, Side]:
    """Both sides, once the revisions among them are played.

    Raises:
        DeadairError: If one cannot be played.
        click.UsageError: If nobody said on which scenarios.
    """
    with ExitStack() as stack:
        trees = [
            _tree(each, label, stack) for label, each in zip(LABELS, asked, strict=True) if isinstance(each, Revision)
        ]
        turns = _turns(trees, plan, beside) if trees else []
    base, new = (
        _side(each, [turn for turn in turns if turn.tree.label == label])
        for label, each in zip(LABELS, asked, strict=True)
    )
    return base, new


def _turns(trees: Sequence[Tree], plan: Plan, beside: Terminal) -> list[Round]:
    if not plan.paths and not all(tree.is_deadair for tree in trees):
        raise click.UsageError("Name the scenarios that the revisions are to be played on: files, or folders.")
    _announce(plan, len(trees), beside)
    turns = asyncio.run(played(trees, plan, _told(beside)))
    beside.console.print(f"runs: {_shown(plan.out)}", markup=False, highlight=False)
    return turns


def _side(asked: Asked, turns: Sequence[Round]) -> Side:
    match asked:
        case Agreed():
            return asked.side
        case Kept():
            return asked.side()
    kept = [run for turn in turns if turn.folder is not None for run in kept_in(turn.folder)]
    yardstick_us = tuple(turn.yardstick_us for turn in turns if turn.yardstick_us)
    # An old deadair's folder cannot be opened by today's other commands.
    run = next((_shown(turn.folder) for turn in turns if turn.folder and (turn.folder / ABOUT).is_file()), "")
    return Side(name=asked.name, profiles=judged_again(kept), yardstick_us=yardstick_us, run=run)


def _tree(revision: Revision, label: str, stack: ExitStack) -> Tree:
    of = revision.repository.top
    top = of if revision.commit is None else stack.enter_context(revision.repository.checkout(revision.commit))
    return Tree(name=revision.name, label=label, top=top, inside=Path.cwd().resolve().relative_to(of), of=of)


@contextmanager
def a_sigterm_interrupts() -> Iterator[None]:
    """As a Ctrl-C does, at every moment: with all that was started, and the worktrees."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> None:
    # Not by way of SIGINT: under nohup, or in the background of a script, that is ignored.
    raise KeyboardInterrupt


# ── what is told meanwhile ───────────────────────────────────────────────────


def _announce(plan: Plan, sides: int, beside: Terminal) -> None:
    """What it will cost, before it costs it."""
    if plan.clock == "virtual":
        return
    turns = plan.times * sides
    said = f"{count(turns, 'round')} on the real clock, one after the other"
    try:
        cases = select(plan.paths).cases
    except (DeadairError, click.UsageError):
        # They may be there in the revisions and not in front of the user.
        beside.console.print(said)
        return
    longest_s = max(case.expect.end.by_us for case in cases) / 1e6
    minutes = _minutes(turns * longest_s)
    beside.console.print(f"{said}, of at most {longest_s:g} s each: {minutes} at most, and the time to start them")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def _told(beside: Terminal) -> Callable[[int, int, Tree], None]:
    def tell(number: int, rounds: int, tree: Tree) -> None:
        beside.console.print(f"round {number} of {rounds}: {tree.name}", markup=False, highlight=False)

    return tell


def _shown(folder: Path) -> str:
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)
