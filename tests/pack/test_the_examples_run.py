"""The six examples of the format run as they stand, all their runs, on the virtual clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engines import VirtualTime
from harness.expectations import Verdict, combine
from harness.scenario import Case, load, seeds
from tests.support.examples import EXAMPLES
from tests.support.pack import played

ROOT = Path(__file__).parent.parent.parent
CASES = load(EXAMPLES, root=ROOT).checked()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id.partition("::")[2])
def test_an_example_passes_in_all_its_runs(case: Case) -> None:
    judgements = [VirtualTime().run(lambda seed=seed: played(case, seed=seed), seed=seed) for seed in seeds(case)]

    assert len(judgements) == case.runs.times
    assert combine(judgements, case.runs) is Verdict.PASS, [judgement.reasons for judgement in judgements]
