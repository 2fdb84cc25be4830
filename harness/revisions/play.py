"""Playing versions in turns, each as `deadair run` in a process and with the code of its own: base, new, new, base, and so on.

A host that gets slower from hour to hour is slower for both this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.deadair_run import TOLD_BY_RESULTS, deadair_run
from harness.revisions.errors import RevisionError
from harness.revisions.tree import Tree
from harness.revisions.yardstick import round_trip_us

__all__ = ["Plan", "Round", "played", "rounds"]

ROUND_S_MAX = 7200.0
"""`deadair run` bounds itself, case by case; this is for one that does not."""

LAST_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is played: of each tree, `times` times.

    Attributes:
        paths: Files, folders and cases, as `deadair run` takes them; those that a tree does not have are left out there.
        selection: The other words that choose, such as `--client NAME`.
        out: Where the run folders go, `<label>-<number>` each; made if it is missing.
    """

    clock: Literal["virtual", "real"]
    times: int
    paths: tuple[str, ...]
    selection: tuple[str, ...]
    jobs: int
    out: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run of everything in one tree: its run folder (None if this tree has nothing of what is asked for), and the
    yardstick beside it (µs; 0 on the virtual clock, where the host does not show)."""

    tree: Tree
    folder: Path | None
    yardstick_us: int = 0


def rounds(sides: int, times: int) -> Iterator[int]:
    """Whose turn it is: `0 1 1 0 0 1 1 0` for two sides and four times."""
    for time in range(times):
        yield from range(sides) if time % 2 == 0 else reversed(range(sides))


async def played(trees: Sequence[Tree], plan: Plan, tell: Callable[[int, int, Tree], None]) -> list[Round]:
    """Play all rounds, one after the other. Cancelling it leaves no process behind.

    Args:
        tell: Called before each round: its number, how many there are, and the tree.

    Raises:
        RevisionError: If a tree cannot be played; it says what its `deadair run` said.
    """
    turns = list(rounds(len(trees), plan.times))
    over: list[Round] = []
    for number, side in enumerate(turns, start=1):
        tree = trees[side]
        tell(number, len(turns), tree)
        time = 1 + sum(turn.tree is tree for turn in over)
        over.append(await _round(tree, plan, plan.out / f"{tree.label}-{time:03}"))
    return over


async def _round(tree: Tree, plan: Plan, folder: Path) -> Round:
    paths = tree.there(plan.paths)
    if not tree.folder.is_dir() or (plan.paths and not paths):
        return Round(tree=tree, folder=None)
    if plan.clock == "virtual":
        await _deadair_run(tree, plan, paths, folder)
        return Round(tree=tree, folder=folder)
    before_us = await round_trip_us()
    await _deadair_run(tree, plan, paths, folder)
    return Round(tree=tree, folder=folder, yardstick_us=(before_us + await round_trip_us()) // 2)


# ── one process ──────────────────────────────────────────────────────────────


async def _deadair_run(tree: Tree, plan: Plan, paths: Sequence[str], folder: Path) -> None:
    words = ("run", *paths, *plan.selection, "--clock", plan.clock, "--jobs", str(plan.jobs), "--out", str(folder))
    try:
        ended = await deadair_run(
            tree.command(*words),
            cwd=tree.folder,
            env=tree.environment(),
            within_s=ROUND_S_MAX,
            last_words_max=LAST_WORDS,
        )
    except TimeoutError:
        raise RevisionError(f"{tree.name}: its deadair run was not over after {ROUND_S_MAX:g} s") from None
    if ended.code not in TOLD_BY_RESULTS or not _is_whole(folder):
        said = "\n".join(f"    {line}" for line in ended.last_words)
        raise RevisionError(f"{tree.name}: its deadair run ended with {ended.code}:\n{said}")


def _is_whole(folder: Path) -> bool:
    """A program that raised ends with 1 as well; the results are written last."""
    return (folder / "result.json").is_file()
