"""The providers keep over TLS what they keep without it: a library that does well on plain TCP may wait for ever there."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

import harness.scenario
import scenarios
from harness.expectations import Verdict, judge
from harness.scenario.model import Case
from tests.support.plays import played_here

OVER_TLS = '[tool.deadair.clients.over-tls]\npython = "tests.support.both_ways:make"\ntls = true\n'

PACK = Path(scenarios.__file__).resolve().parent


def cases() -> list[Case]:
    files = [PACK / "tcp" / "cut.yaml", PACK / "incidents" / "f08_idle.yaml"]
    read = harness.scenario.load(files, root=PACK.parent).checked()
    return [case for case in read if case.clock != "real"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text(OVER_TLS, encoding="utf-8")
    return folder


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id.partition("::")[2])
def test_a_case_passes_over_tls(case: Case, project: Path, tmp_path: Path) -> None:
    with chdir(project):
        trace = played_here(case.model_copy(update={"client": "over-tls"}), tmp_path)

    judgement = judge(trace)
    assert judgement.verdict is Verdict.PASS, [finding.sentence for finding in judgement.reasons]
