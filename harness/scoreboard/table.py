"""The table: from judged runs to a cell for each client and rule, and for each client and class of incidents. Pure.

A false accusation is worse than a miss: a cell is red only where one and the same case showed the same thing in every one
of its runs, `TIMES` of them at least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.expectations.invariants import INVARIANTS, Said
from harness.expectations.words import count
from harness.scenario.invariants import INVARIANTS as NUMBERS
from harness.scoreboard.contender import Contender
from harness.scoreboard.incident_classes import INCIDENT_CLASSES
from harness.scoreboard.played import Played

__all__ = [
    "LOST",
    "MISSED",
    "TIMES",
    "Asked",
    "Board",
    "Cell",
    "Entry",
    "Evidence",
    "Row",
    "Standing",
    "Witness",
    "board",
    "witnesses",
]

TIMES = 3
"""So many runs of one case must show a thing, each of them with another seed, before anybody is accused of it."""

LOST = "lost"
"""The question whether the call was lost, beside the numbers of the rules."""

MISSED = "missed"
"""The question whether anything that the scenario asks for was missing."""

OF_A_RECONNECT_LAYER = frozenset(("I7", "I10", "I11", "I12", "I13", "I14", "I16", "I17", "I18", "I23", "I24"))
"""The rules of which nothing is left for a client without such a layer."""


class Standing(Enum):
    """What a cell says, the worst first.

    `LOST`: the caller was left with a dead line, and no rule was broken. `MISSED`: the call went on, and something that the
    scenario asks for was missing. `NOT_REPRODUCED`: seen in some run, and not in every run of its case. `BY_DESIGN`: it asks for
    a reconnect layer, and this library has none. `NOT_RUN`: nobody knows.
    """

    BROKEN = "broken"
    LOST = "call lost"
    MISSED = "not as asked"
    NOT_REPRODUCED = "not reproduced"
    UNDECIDED = "undecided"
    KEPT = "kept"
    BY_DESIGN = "by design"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A case that the client is to be played on."""

    case_id: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one client: what it was to be played on, and what was. `trouble` is why it could not be played."""

    contender: Contender
    asked: tuple[Asked, ...] = ()
    runs: tuple[Played, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks against a client: what was done to it, what was seen, when, how often, and how to see it again.

    Attributes:
        rule: The number of the rule that was broken; the scenario's expectation where none was.
        seen: What was seen, in a sentence.
        at_us: When, in microseconds of the run, if it was one moment.
        times: In how many runs of the case it was seen; `of` is how many there were.
        rerun: The arguments of `deadair` that show it again.
    """

    rule: str
    case_id: str
    scenario: str
    summary: str
    source: str
    classes: tuple[str, ...]
    injected: str
    seen: str
    at_us: int | None
    times: int
    of: int
    trace: str
    rerun: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One client and one rule, or one class. `why` says it in a line. In `broken` of the
    `judged` cases every run showed it; a red cell has one among them with `TIMES` runs."""

    standing: Standing
    why: str
    judged: int = 0
    broken: int = 0
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One client, with a cell for each rule (by number) and each class of incidents."""

    contender: Contender
    version: str
    rules: Mapping[str, Cell]
    classes: Mapping[str, Cell]
    cases: int
    runs: int
    trouble: str = ""

    def has(self, standing: Standing) -> int:
        """How many rules stand so."""
        return sum(cell.standing is standing for cell in self.rules.values())

    @property
    def worst(self) -> tuple[tuple[str, Cell], ...]:
        """The red cells of the rules, that of the most cases first."""
        red = [(number, cell) for number, cell in self.rules.items() if cell.standing is Standing.BROKEN]
        return tuple(sorted(red, key=lambda each: -each[1].broken / each[1].judged))

    @property
    def incidents(self) -> tuple[tuple[str, Cell], ...]:
        """The classes in which a rule was broken, then those in which the call was lost without that, then the rest."""
        return tuple(
            (name, cell)
            for standing in (Standing.BROKEN, Standing.LOST, Standing.MISSED)
            for name, cell in self.classes.items()
            if cell.standing is standing
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All clients, the worst first; those that were not played last."""

    rows: tuple[Row, ...]

    @property
    def red(self) -> int:
        return sum(row.has(Standing.BROKEN) for row in self.rows)


def board(entries: Iterable[Entry]) -> Board:
    rows = [_row(entry) for entry in entries]
    return Board(
        rows=tuple(sorted(rows, key=lambda row: (row.runs == 0, -row.has(Standing.BROKEN), -len(row.incidents))))
    )


def _row(entry: Entry) -> Row:
    contender = entry.contender
    return Row(
        contender=contender,
        version=contender.version or next((run.version for run in entry.runs if run.version), ""),
        rules={number: _rule_cell(entry, number) for number in NUMBERS},
        classes={name: _class_cell(entry, name) for name in INCIDENT_CLASSES},
        cases=len({run.case_id for run in entry.runs}),
        runs=len(entry.runs),
        trouble=entry.trouble or contender.missing or _nothing_but_doubt(entry),
    )


def _nothing_but_doubt(entry: Entry) -> str:
    doubts = [run.doubt for run in entry.runs]
    return f"nothing can be said of it: {doubts[0]}" if doubts and all(doubts) else ""


# ── witnesses: one case and one question ─────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What all runs of one case say to one question: a rule's number, `LOST` or `MISSED`. Runs in doubt say nothing."""

    question: str
    runs: tuple[Played, ...]
    against: tuple[Played, ...]

    @property
    def is_steady(self) -> bool:
        """So far every run showed it."""
        return len(self.against) == len(self.runs)

    @property
    def convicts(self) -> bool:
        return self.is_steady and len(self.against) >= TIMES


def witnesses(runs: Iterable[Played], question: str) -> tuple[Witness, ...]:
    """The cases that speak against the client in this question, in at least one of their runs."""
    shows = _question(question)
    by_case: dict[str, list[Played]] = {}
    for run in runs:
        if not run.doubt or (question not in (LOST, MISSED) and run.rulings):
            by_case.setdefault(run.case_id, []).append(run)
    found = (
        Witness(question=question, runs=tuple(of_case), against=tuple(filter(shows, of_case)))
        for of_case in by_case.values()
    )
    return tuple(witness for witness in found if witness.against)


def _question(question: str) -> Callable[[Played], bool]:
    if question == LOST:
        return lambda run: run.missed is not None and run.missed.call_lost
    if question == MISSED:
        return lambda run: run.missed is not None
    return lambda run: run.broke(question)


# ── cells ────────────────────────────────────────────────────────────────────


def _rule_cell(entry: Entry, number: str) -> Cell:
    if number not in INVARIANTS:
        return Cell(standing=Standing.NOT_RUN, why="there is no check for this rule yet")
    if not entry.runs:
        return _not_run(entry)
    said = [run.rulings[number].said for run in entry.runs if number in run.rulings]
    judged = len({run.case_id for run in entry.runs if _is_judged(run, number)})
    found = _accused(entry, witnesses(entry.runs, number), judged)
    if found is not None:
        return found
    if Said.KEPT in said:
        return Cell(standing=Standing.KEPT, why=f"kept in {count(judged, 'case')}", judged=judged)
    if not entry.contender.reconnects and number in OF_A_RECONNECT_LAYER:
        return Cell(standing=Standing.BY_DESIGN, why="this library leaves reconnecting to its user")
    if Said.UNDECIDED in said or not said:
        return Cell(standing=Standing.UNDECIDED, why=_why_undecided(entry.runs, number))
    return Cell(standing=Standing.NOT_APPLICABLE, why=f"no case of {len(entry.asked)} put it to the test")


def _class_cell(entry: Entry, name: str) -> Cell:
    asked = [each for each in entry.asked if name in each.classes]
    if entry.asked and not asked:
        return Cell(standing=Standing.NOT_APPLICABLE, why="no scenario of this class for this client's provider")
    runs = [run for run in entry.runs if name in run.classes]
    if not runs:
        return _not_run(entry)
    judged = len({run.case_id for run in runs if not run.doubt})
    broken = [witness for number in INCIDENT_CLASSES[name].rules for witness in witnesses(runs, number)]
    found = _accused(entry, broken, judged)
    if found is not None and found.standing is Standing.BROKEN:
        return found
    missed = _missed(entry, runs, judged)
    if missed is not None and missed.standing is not Standing.NOT_REPRODUCED:
        return missed
    if found or missed:
        return found or missed or _not_run(entry)
    if not entry.contender.reconnects and all(run.untouched for run in runs):
        return Cell(
            standing=Standing.BY_DESIGN, why="it asks for a second connection, which this library leaves to its user"
        )
    if not judged:
        return Cell(standing=Standing.UNDECIDED, why=next(run.doubt for run in runs))
    return Cell(standing=Standing.KEPT, why=f"survived {count(judged, 'case')}", judged=judged)


def _missed(entry: Entry, runs: Sequence[Played], judged: int) -> Cell | None:
    missed = witnesses(runs, MISSED)
    if missed and not entry.contender.reconnects:
        return Cell(standing=Standing.BY_DESIGN, why="the call ends here: this library leaves reconnecting to its user")
    lost = _accused(entry, witnesses(runs, LOST), judged, Standing.LOST)
    if lost is not None and lost.standing is Standing.LOST:
        return lost
    return _accused(entry, missed, judged, Standing.MISSED)


def _accused(entry: Entry, found: Sequence[Witness], judged: int, standing: Standing = Standing.BROKEN) -> Cell | None:
    """The cell if anything speaks against the client, with the plainest evidence; None if nothing does."""
    if not found:
        return None
    convicting = [witness for witness in found if witness.convicts]
    cases = len({witness.runs[0].case_id for witness in found if witness.is_steady})
    told = min(convicting or found, key=_length)
    evidence = _evidence(entry.contender, told)
    if not convicting:
        seen = f"seen in {len(told.against)} of {count(len(told.runs), 'run')} of its case"
        return Cell(standing=Standing.NOT_REPRODUCED, why=seen, judged=judged, evidence=evidence)
    return Cell(standing=standing, why=evidence.seen, judged=max(judged, cases), broken=cases, evidence=evidence)


def _length(witness: Witness) -> tuple[int, str]:
    """The shortest run is the plainest; of equal ones always the same."""
    return witness.against[0].lasted_us, witness.against[0].case_id


def _evidence(contender: Contender, witness: Witness) -> Evidence:
    run = witness.against[0]
    if witness.question in (LOST, MISSED):
        assert run.missed is not None
        rule, seen, at_us = run.missed.expectation, run.missed.sentence, run.missed.at_us
    else:
        ruling = run.rulings[witness.question]
        rule, seen, at_us = witness.question, ruling.sentence, ruling.at_us
    return Evidence(
        rule=rule,
        case_id=run.case_id,
        scenario=run.scenario,
        summary=run.summary,
        source=run.source,
        classes=run.classes,
        injected=run.injected,
        seen=seen,
        at_us=at_us,
        times=len(witness.against),
        of=len(witness.runs),
        trace=run.trace,
        rerun=_rerun(contender, run),
    )


def _rerun(contender: Contender, run: Played) -> tuple[str, ...]:
    who = () if contender.ours else contender.asked_for
    return ("deadair", "run", *who, run.case_id, "--seed", str(run.seed), "--clock", run.clock)


def _is_judged(run: Played, number: str) -> bool:
    return number in run.rulings and run.rulings[number].said in (Said.KEPT, Said.BROKEN)


def _why_undecided(runs: Sequence[Played], number: str) -> str:
    told = (run.rulings[number] for run in runs if number in run.rulings)
    of_rule = next((ruling.sentence for ruling in told if ruling.said is Said.UNDECIDED), None)
    return of_rule or next((run.doubt for run in runs if run.doubt), "nothing could be said")


def _not_run(entry: Entry) -> Cell:
    why = entry.trouble or entry.contender.missing or "it was not played"
    return Cell(standing=Standing.NOT_RUN, why=why)
