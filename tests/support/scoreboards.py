"""Runs and entries for a scoreboard, written by hand, as short as what they say."""

from __future__ import annotations

from harness.expectations.invariants import Ruling, Said
from harness.scoreboard import Asked, Contender, Entry, Played
from harness.scoreboard.played import Missed

__all__ = ["CLEAN_CLOSE", "DROP", "HOSTILE", "client", "entry", "in_these_words", "run"]

CLEAN_CLOSE = "incidents/f01.yaml::a polite close"
DROP = "incidents/f04.yaml::the line is gone"

HOSTILE = "<script>alert(1)</script> | `x` \x1b[31m @all ‮ ]( \"' --> {{ 7*7 }} https://evil.example/\n# no"
"""Means something to HTML, Markdown, terminals, shells and templates, and to people as well."""


def run(
    case_id: str = CLEAN_CLOSE,
    *,
    broken: str = "",
    kept: str = "",
    not_applicable: str = "",
    undecided: str = "",
    lost: str = "",
    missed: str = "",
    doubt: str = "",
    untouched: bool = False,
    classes: tuple[str, ...] = ("F01",),
    seed: int = 0,
    lasted_us: int = 9_000_000,
    source: str = "https://example.org/issues/1",
) -> Played:
    """One run, with the numbers of rules that say each thing: `broken="I1 I5"`."""
    said = {Said.BROKEN: broken, Said.KEPT: kept, Said.NOT_APPLICABLE: not_applicable, Said.UNDECIDED: undecided}
    return Played(
        case_id=case_id,
        scenario=case_id.partition("::")[2],
        summary="The agent hangs up in the middle of a word.",
        source=source,
        classes=classes,
        seed=seed,
        clock="virtual",
        lasted_us=lasted_us,
        doubt=doubt,
        untouched=untouched,
        rulings={
            number: Ruling(said=each, sentence=f"{number} is {each.value}", at_us=3_000_000)
            for each, numbers in said.items()
            for number in numbers.split()
        },
        missed=Missed(expectation="end", sentence=lost or missed, call_lost=bool(lost)) if lost or missed else None,
        injected="close {code: 1000} on connection 1 at 3 s",
        trace="runs/trace.jsonl",
    )


def client(name: str = "some-sdk", *, reconnects: bool = True, missing: str = "", ours: bool = False) -> Contender:
    return Contender(
        name=name,
        title="Some SDK",
        providers=("openai-realtime",),
        version="some-sdk 1.2.3",
        reconnects=reconnects,
        missing=missing,
        ours=ours,
    )


def entry(*runs: Played, who: Contender | None = None, asked: tuple[Asked, ...] | None = None) -> Entry:
    """What a client was played on, which is what it was to be played on if nothing else is said."""
    if asked is None:
        asked = tuple(Asked(case_id=run.case_id, classes=run.classes) for run in runs)
    return Entry(contender=who or client(), asked=asked, runs=runs)


def in_these_words(words: str) -> Entry:
    """A client that is accused, and all that is told of it is told in these words."""
    who = Contender(name=words, title=words, providers=(words,), version=words)
    runs = tuple(
        Played(
            case_id=f"calls.yaml::{words}",
            scenario=words,
            summary=words,
            source=f"javascript:{words}",
            classes=("F01",),
            seed=seed,
            clock="virtual",
            rulings={"I1": Ruling(said=Said.BROKEN, sentence=words)},
            missed=Missed(expectation=words, sentence=words, call_lost=True),
            injected=words,
            trace=words,
        )
        for seed in range(3)
    )
    return Entry(contender=who, asked=(Asked(case_id=runs[0].case_id, classes=("F01",)),), runs=runs, trouble=words)
