"""A run folder that was opened: what is kept of each run, and which of them a name means."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from harness.runs.about import About, Entry
from harness.runs.errors import RunError
from harness.scenario import Case, load
from harness.trace import Trace
from harness.trace import load as load_trace

__all__ = ["KeptRun", "Run"]

NUMBER_DIGITS = 4
NAMES_SHOWN_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """What a run folder keeps of one run of one case; the files may be missing where it was interrupted.

    `is_unpacked` where it came in an archive, from whomever.
    """

    folder: Path
    case_id: str
    scenario: str
    seed: int
    clock: str
    place: str
    is_unpacked: bool = False

    @property
    def scenario_path(self) -> Path:
        return self.folder / "scenario.yaml"

    @property
    def trace_path(self) -> Path:
        return self.folder / "trace.jsonl"

    def trace(self) -> Trace:
        """What was recorded.

        Raises:
            RunError: If nothing was: the run never began, or its trace was taken away.
            TraceError: If it is broken, altered, or from another version.
        """
        if not self.trace_path.is_file():
            raise RunError(
                f"{self.folder}: there is no trace.jsonl: '{self.case_id}' was not played to a beginning. "
                "Play it now: deadair rerun"
            )
        return load_trace(self.trace_path)

    def case(self) -> Case:
        """The case as scenario.yaml has it, under the name that it was played under.

        Raises:
            RunError: If there is no scenario, or there are several.
            LoadError: If it has a mistake.
        """
        if not self.scenario_path.is_file():
            raise RunError(f"{self.folder}: there is no scenario.yaml, so '{self.case_id}' cannot be played again")
        cases = load([self.scenario_path], root=self.folder).checked()
        if len(cases) != 1:
            raise RunError(f"{self.scenario_path}: here are {len(cases)} cases, one was played")
        return cases[0].model_copy(update={"id": self.case_id, "scenario": self.scenario, "place": self.place})

    @property
    def number(self) -> str:
        """What stands before the dash in the folder's name."""
        return self.folder.name.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run folder at `place`."""

    place: Path
    about: About
    kept: tuple[KeptRun, ...]

    @classmethod
    def at(cls, place: Path, about: About, *, is_unpacked: bool = False) -> Run:
        kept = tuple(_kept(place, entry, is_unpacked) for entry in about.runs)
        return cls(place=place, about=about, kept=kept)

    def find(self, text: str) -> tuple[KeptRun, ...]:
        """The runs that are meant: by the id of their case, the case's name behind the `::`, the scenario's name, or the
        number or name of their folder; all of them by "".

        Raises:
            RunError: If there is none; it says which there are.
        """
        if not text:
            return self.kept
        for means in (_by_folder, _by_case, _by_scenario):
            if found := tuple(run for run in self.kept if means(run, text)):
                return found
        raise RunError(f"{self.place}: there is no run '{text}' here. {self._what_there_is(text)}")

    def _what_there_is(self, text: str) -> str:
        names = list(dict.fromkeys(_name(run) for run in self.kept))
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.4)
        if near:
            return f"Did you mean '{near[0]}'?"
        shown = ", ".join(f"'{name}'" for name in names[:NAMES_SHOWN_MAX])
        more = f" and {len(names) - NAMES_SHOWN_MAX} more" if len(names) > NAMES_SHOWN_MAX else ""
        return f"There are: {shown}{more}." if names else "There is none at all."


def _kept(place: Path, entry: Entry, is_unpacked: bool) -> KeptRun:
    return KeptRun(
        folder=place / entry.folder,
        case_id=entry.case,
        scenario=entry.scenario,
        seed=entry.seed,
        clock=entry.clock,
        place=entry.place,
        is_unpacked=is_unpacked,
    )


def _name(run: KeptRun) -> str:
    return run.case_id.partition("::")[2] or run.case_id


def _by_folder(run: KeptRun, text: str) -> bool:
    return text in (run.folder.name, run.number) or (text.isdecimal() and text.zfill(NUMBER_DIGITS) == run.number)


def _by_case(run: KeptRun, text: str) -> bool:
    return text in (run.case_id, _name(run))


def _by_scenario(run: KeptRun, text: str) -> bool:
    return text == run.scenario
