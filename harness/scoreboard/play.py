"""Playing the clients: each as `deadair run` in a process of its own, those on the virtual clock in their own environments.

Whoever breaks a rule is played again until it has done so three times, or has not.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.clients.environments import environment
from harness.clients.shelf import SHELF
from harness.deadair_run import TOLD_BY_RESULTS, deadair_run
from harness.scenario.model import Case
from harness.scoreboard.again import to_play_again
from harness.scoreboard.contender import Contender
from harness.scoreboard.incident_classes import classes_of
from harness.scoreboard.played import Played
from harness.scoreboard.store import Batch, Store, runs_of
from harness.scoreboard.table import Asked, Entry

__all__ = ["Progress", "Told", "play_all"]

ROOT = Path(__file__).parents[2]

BATCH_S_MAX = 3600.0
"""`deadair run` bounds itself, case by case; this is for one that does not."""

ROUNDS_MAX = 6
"""Two more runs for each accused case, and some for those that told nothing."""

LAST_WORDS = 5
"""So many lines of a child that failed are told; it may have printed any number."""

HARNESS = ("-c", "from harness.cli import main; main()")
"""`deadair` of this very checkout, in whatever environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one client is: `done` of `total` cases of this round; `again` counts the rounds after the first."""

    contender: Contender
    done: int
    total: int
    again: int


Told = Callable[[Progress], None]


async def play_all(
    contenders: Sequence[Contender], cases: Sequence[Case], *, folder: Path, jobs: int, tell: Told
) -> list[Entry]:
    """What is known of each client once all is played, in their order. Cancelling it leaves no process behind.

    Args:
        cases: Of all providers; each client is played on those of its own.
        folder: Where runs are kept, and found again the next time.
        jobs: How many clients are played at once.
    """
    told: dict[str, Entry] = {}
    # First those whose clock jumps: they take all that the cores have, and a client on the real clock would be late.
    for clock in ("virtual", "real"):
        lanes = asyncio.Semaphore(jobs)
        async with asyncio.TaskGroup() as group:
            for contender in contenders:
                if contender.clock == clock:
                    group.create_task(_into(told, _One(contender, cases, folder, lanes, tell)))
    return [told[contender.name] for contender in contenders]


async def _into(told: dict[str, Entry], one: _One) -> None:
    async with one.lanes:
        told[one.contender.name] = await one.play()


class _One:
    """One client, from what is known of it to what can be said of it."""

    def __init__(
        self, contender: Contender, cases: Iterable[Case], folder: Path, lanes: asyncio.Semaphore, tell: Told
    ) -> None:
        self.contender = contender
        self.lanes = lanes
        self._cases = {case.id: case for case in cases if _can_be_played(contender, case)}
        self._store = Store(folder, contender)
        self._tell = tell
        self._runs: list[Played] = []
        self._trouble = ""

    async def play(self) -> Entry:
        if self.contender.missing:
            return self._entry()
        self._runs.extend(self._store.known(self._cases.values()))
        over = {run.case_id for run in self._runs}
        await self._round([case for case in self._cases.values() if case.id not in over], again=0)
        for again in range(1, ROUNDS_MAX + 1):
            before = len(self._runs)
            await self._round([self._cases[id_] for id_ in to_play_again(self._entry())], again=again)
            if len(self._runs) == before:
                break
        return self._entry()

    def _entry(self) -> Entry:
        asked = tuple(Asked(case_id=case.id, classes=classes_of(case.tags)) for case in self._cases.values())
        return Entry(contender=self.contender, asked=asked, runs=tuple(self._runs), trouble=self._trouble)

    async def _round(self, cases: list[Case], *, again: int) -> None:
        """Play each of these once more; the first time as the scenarios say, then with seeds that were not there yet."""
        groups: dict[tuple[Literal["virtual", "real"], int | None], list[Case]] = {}
        for case in cases:
            seed = self._unused_seed(case) if again else None
            groups.setdefault((case.clock or self.contender.clock, seed), []).append(case)
        done = 0
        for (clock, seed), group in groups.items():
            batch = self._store.new_batch(group)

            def tell(finished: int, before: int = done) -> None:
                self._tell(Progress(contender=self.contender, done=before + finished, total=len(cases), again=again))

            tell(0)
            trouble = await _deadair_run(self.contender, batch, clock=clock, seed=seed, tell=tell)
            self._trouble = self._trouble or trouble
            self._runs.extend(await asyncio.to_thread(tuple, runs_of(batch)))
            done += len(group)
            tell(0, done)

    def _unused_seed(self, case: Case) -> int:
        used = {run.seed for run in self._runs if run.case_id == case.id}
        return next(seed for seed in range(1, len(used) + 2) if seed not in used)


def _can_be_played(contender: Contender, case: Case) -> bool:
    """It calls this provider, and does not need the real clock for a case that needs the virtual one."""
    wrong_clock = case.clock == "virtual" and contender.clock == "real" and not contender.ours
    return case.provider in contender.providers and not wrong_clock


# ── one process ──────────────────────────────────────────────────────────────


async def _deadair_run(
    contender: Contender,
    batch: Batch,
    *,
    clock: Literal["virtual", "real"],
    seed: int | None,
    tell: Callable[[int], None],
) -> str:
    """Play a batch, and say what went wrong on our side; nothing where nothing did."""
    command = (
        _python(contender, clock),
        *HARNESS,
        "run",
        *contender.asked_for,
        *(case.id for case in batch.cases),
        *("--clock", clock, "--jobs", "1", "--out", str(batch.runs)),
        *(("--seed", str(seed)) if seed is not None else ()),
        *(("--proxy", "embedded") if clock == "real" else ()),
    )
    try:
        ended = await deadair_run(
            command,
            env=_environment(),
            within_s=BATCH_S_MAX,
            last_words_max=LAST_WORDS,
            heard=lambda: tell(batch.finished()),
        )
    except TimeoutError:
        return f"it was not over after {BATCH_S_MAX:g} s"
    if ended.code in TOLD_BY_RESULTS and batch.finished():
        return ""
    return f"deadair run ended with {ended.code}: " + "\n".join(ended.last_words)


def _python(contender: Contender, clock: Literal["virtual", "real"]) -> str:
    """On the virtual clock a known client is imported, so the harness runs where it is installed."""
    if clock == "virtual" and contender.name in SHELF and not contender.ours:
        return str(environment(SHELF[contender.name]).python)
    return sys.executable


def _environment() -> dict[str, str]:
    others = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *([others] if others else [])])}
