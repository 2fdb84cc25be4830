"""The folder of what was played: batches of runs, each with a mark of what it was played with.

What was played with other versions or other scenarios is left where it is, and not looked at. Runs are judged anew each time
that they are read, so a better rule needs no new run.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.scenario.model import Case
from harness.scoreboard.contender import Contender
from harness.scoreboard.played import Played, broken_off, played
from harness.trace import TraceError, load, redact

__all__ = ["Batch", "Store"]

SHEET = "batch.json"

PLAYS = (
    "harness/clients", "harness/engines", "harness/faults", "harness/runner", "harness/scenario", "harness/trace",
    "mock_servers", "providers",
)  # fmt: skip
"""What a run depends on, below the checkout. What judges it and what tells of it may change."""

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cases that are played together, and the folder for it."""

    folder: Path
    cases: tuple[Case, ...]

    @property
    def runs(self) -> Path:
        """What `deadair run` is given as `--out`."""
        return self.folder / "runs"

    def finished(self) -> int:
        """How many of the cases are over."""
        return sum(1 for _ in self.runs.glob("*/result.json"))


class Store:
    """The runs of one client.

    Args:
        folder: Of all clients.
        contender: Whose runs.
    """

    def __init__(self, folder: Path, contender: Contender) -> None:
        self._folder = folder / _slug(contender.name)
        self._mark = _mark(contender)

    def new_batch(self, cases: Iterable[Case]) -> Batch:
        """A batch with a folder of its own, in which nothing is yet but what it is about."""
        chosen = tuple(cases)
        number = 1 + max((int(found.name) for found in self._folder.glob("[0-9]*")), default=0)
        folder = self._folder / f"{number:03}"
        folder.mkdir(parents=True)
        sheet = {"mark": self._mark, "cases": {case.id: _digest(case) for case in chosen}}
        (folder / SHEET).write_text(json.dumps(sheet, indent=1) + "\n", encoding="utf-8")
        return Batch(folder=folder, cases=chosen)

    def known(self, cases: Iterable[Case]) -> Iterator[Played]:
        """The runs of these cases, as they are now, that were played with what there is now."""
        wanted = {case.id: case for case in cases}
        for sheet in sorted(self._folder.glob(f"[0-9]*/{SHEET}")):
            about = _json(sheet)
            if about.get("mark") != self._mark:
                continue
            same = {id_: case for id_, case in wanted.items() if about["cases"].get(id_) == _digest(case)}
            yield from runs_of(Batch(folder=sheet.parent, cases=tuple(same.values())))


def runs_of(batch: Batch) -> Iterator[Played]:
    """The runs of a batch that are over, in the order in which they were begun."""
    cases = {case.id: case for case in batch.cases}
    for result in sorted(batch.runs.glob("*/result.json")):
        for told in _json(result).get("cases", ()):
            if told["id"] in cases:
                for run in told["runs"]:
                    yield _run(cases[told["id"]], run, result.with_name("trace.jsonl"))


def _run(case: Case, told: Mapping[str, Any], trace: Path) -> Played:
    try:
        return played(load(trace), case, trace_path=str(trace))
    except TraceError as error:
        why = next((finding["sentence"] for finding in told["findings"]), redact(str(error)))
        return broken_off(case, seed=told["seed"], clock=told["clock"], why=why, trace_path=str(trace))


def _json(path: Path) -> dict[str, Any]:
    """What is in a file that was written by us; one that was broken off says nothing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(case: Case) -> str:
    # Where the case stands in its file changes nothing.
    told = case.model_dump(mode="json", exclude={"place"})
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _mark(contender: Contender) -> str:
    mark = hashlib.sha256(f"{contender.name} {contender.version} {sys.version_info[:3]}".encode())
    for place in PLAYS:
        for file in sorted((ROOT / place).rglob("*.py")):
            mark.update(file.relative_to(ROOT).as_posix().encode())
            mark.update(file.read_bytes())
    return mark.hexdigest()


def _slug(name: str) -> str:
    """A folder's name; the digest keeps two names apart that read alike."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
