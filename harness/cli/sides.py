"""What `deadair compare` is given: run folders, baseline files, revisions; and the profiles of each."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import DeadairError
from harness.regression.baseline import BASELINE_BYTES_MAX, Baseline, BaselineError, read
from harness.regression.drift import Side
from harness.regression.gathered import profiles_of, yardstick_in
from harness.regression.profile import Profile
from harness.revisions import Repository, short
from harness.runs import RUNS_FOLDER, KeptRun, Run, open_run
from harness.runs.about import ABOUT
from harness.runs.archive import is_archive
from harness.runs.opening import LATEST

__all__ = ["Agreed", "Asked", "Kept", "Revision", "judged_again", "read_baseline", "what_is"]

FEW = 60
"""To read and judge a run takes hundredths of a second, to start a process half of one."""

CHUNK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A baseline file."""

    side: Side

    @property
    def case_ids(self) -> tuple[str, ...]:
        return tuple(case_id for case_id, _ in self.side.profiles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run folder, which is not judged yet: that takes a while, and the other side may be a slip of the pen."""

    name: str
    run: Run

    @property
    def case_ids(self) -> tuple[str, ...]:
        return tuple(kept.case_id for kept in self.run.kept)

    def side(self) -> Side:
        yardstick_us = yardstick_in(self.run.place)
        return Side(name=self.name, profiles=judged_again(self.run.kept), yardstick_us=yardstick_us, run=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A version of the repository, still to be played; `commit` is None for the working tree as it is."""

    name: str
    repository: Repository
    commit: str | None


Asked = Agreed | Kept | Revision


def what_is(name: str) -> Asked:
    """What a person means by this name: what there is under it on disk, and else a revision.

    Raises:
        DeadairError: If it is nothing of the kind, or cannot be read.
    """
    place = Path(name)
    is_file, is_dir = _is(place.is_file), _is(place.is_dir)
    if is_file and not is_archive(place):
        agreed = read_baseline(place)
        return Agreed(side=Side(name=name, profiles=agreed.profiles, yardstick_us=agreed.yardstick_us))
    here = Path.cwd().resolve()
    if is_dir and not (place / ABOUT).exists() and here.is_relative_to(place.resolve()):
        repository = Repository.around(here)
        if repository is not None and place.resolve() in (here, repository.top):
            return Revision(name="the working tree", repository=repository, commit=None)
    if is_file or is_dir or name == LATEST or _is((RUNS_FOLDER / name).is_dir):
        run = open_run(name)
        return Kept(name=run.place.name if name == LATEST else name, run=run)
    repository = Repository.around(here)
    commit = repository.commit(name) if repository is not None else None
    if repository is None or commit is None:
        raise DeadairError(_nothing(name, repository))
    return Revision(name=f"{name} ({short(commit)})", repository=repository, commit=commit)


def judged_again(runs: Sequence[KeptRun]) -> Mapping[tuple[str, str], Profile]:
    """The profiles of these runs, in as many processes as there are cores where that is quicker."""
    if len(runs) < FEW:
        return profiles_of(runs)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=spawn, initializer=_leave_interrupts_to_us) as processes:
        return profiles_of(runs, over=partial(processes.map, chunksize=CHUNK))


def _leave_interrupts_to_us() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def read_baseline(path: Path) -> Baseline:
    """Raises BaselineError if it cannot be read, or is none."""
    try:
        if path.stat().st_size > BASELINE_BYTES_MAX:
            raise BaselineError(
                f"{path}: this file has more than {BASELINE_BYTES_MAX >> 20} MiB; no baseline is so long"
            )
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BaselineError(f"{path}: the baseline cannot be read: {error.strerror}") from error
    except ValueError:
        raise BaselineError(f"{path}: this is no baseline of deadair: it is no UTF-8 text") from None
    return read(text, name=str(path))


def _nothing(name: str, repository: Repository | None) -> str:
    where = "this folder is in no git repository" if repository is None else "no revision of this repository"
    return (
        f"there is no '{name[:200]}': it is no baseline file, no run folder and no archive of one, and {where}. "
        "Name one of these; 'latest' is the last run."
    )


def _is(question: Callable[[], bool]) -> bool:
    """What the disk says; no file can have a name that it cannot even be asked about."""
    try:
        return question()
    except (OSError, ValueError):
        return False
