"""Our own JSON: its shape, for those who write it, read it, and ask for its schema."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "CaseDocument", "FindingDocument", "ResultDocument", "RulingDocument", "RunDocument", "Totals", "UnplayedDocument",
    "VERSION", "read_result", "result_schema",
]  # fmt: skip

VERSION = 1

VerdictWord = Literal["pass", "fail", "flaky", "inconclusive"]
Microseconds = Annotated[int, Field(description="Microseconds on the run's own clock.")]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Totals(_Document):
    """How many cases came out how."""

    pass_: int = Field(alias="pass", ge=0)
    fail: int = Field(ge=0)
    inconclusive: int = Field(ge=0)
    flaky: int = Field(ge=0)


class FindingDocument(_Document):
    """One expectation, looked at."""

    expectation: str
    """Its key in the scenario, the number of an invariant, or 'run' for the run itself."""
    verdict: Literal["pass", "fail", "inconclusive"]
    sentence: str
    at_us: Microseconds | None
    expected: Any
    """What was asked for, where it can be drawn; null otherwise."""
    got: Any
    """What was seen, in the same shape."""


class RulingDocument(_Document):
    """What one of the rules that every run is held to says of it."""

    said: str
    """'kept', 'broken', 'not applicable' or 'undecided'."""
    sentence: str
    at_us: Microseconds | None


class RunDocument(_Document):
    """One run of the case."""

    verdict: Literal["pass", "fail", "inconclusive"]
    seed: int | None
    clock: Literal["real", "virtual", ""]
    """'' where the run never began."""
    proxy: str
    lasted_us: Microseconds
    took_s: float = Field(ge=0)
    """Seconds of this machine's processor; 0 where nobody measured it."""
    trace: str
    """Where the trace is kept; '' if it is not."""
    notes: list[str]
    """What a reader should know about how it was played."""
    findings: list[FindingDocument]
    invariants: dict[str, RulingDocument]


class RateDocument(_Document):
    """How often the case passes, where it was played several times."""

    passed: int = Field(ge=0)
    judged: int = Field(ge=1)
    """Runs that are not inconclusive."""
    low: float = Field(ge=0, le=1)
    """The lower end of Wilson's 95 % interval, as a share."""
    high: float = Field(ge=0, le=1)


class CaseDocument(_Document):
    """One case."""

    id: str
    """`file.yaml::scenario[name=value]`."""
    place: str
    """`path:line` of the scenario."""
    scenario: str
    summary: str
    provider: str
    client: str
    """What the command line put in the place of the scenario's client; '' for nothing."""
    tags: list[str]
    verdict: VerdictWord
    sentence: str
    """What is wrong, in one sentence; '' for a pass. It may be shortened; the findings are whole."""
    passed: int = Field(ge=0)
    """How many of the runs did."""
    rate: RateDocument | None
    rerun: str
    """The command that plays the run again that is told of."""
    runs: list[RunDocument]
    retried: list[RunDocument]
    """Runs that did not pass, whereupon the case was played again; first to last."""


class UnplayedDocument(_Document):
    """A case that was meant and was not played to its end."""

    id: str
    why: str


class ResultDocument(_Document):
    """What came of a run of deadair."""

    deadair_result: Literal[1]
    """The version of this format. New keys may come without a new one."""
    verdict: VerdictWord
    exit_code: Literal[0, 1, 3]
    interrupted: bool
    """Whether it was ended before all was played."""
    took_s: float = Field(ge=0)
    totals: Totals
    cases: list[CaseDocument]
    unplayed: list[UnplayedDocument]


def read_result(data: bytes) -> ResultDocument:
    """What was written as our JSON.

    Raises:
        ValueError: If it is not, or it is of another version.
    """
    try:
        # Not with pydantic's own reader: a server may have said half a character, and JSON can tell of that.
        return ResultDocument.model_validate(json.loads(data))
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def result_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `--format json` writes, and of each result.json in a run folder."""
    schema = ResultDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "deadair results, version 1"}
