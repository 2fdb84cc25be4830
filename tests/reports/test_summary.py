from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import DeadairError
from harness.reports.summary import summary, write_summary
from tests.support.results import cut_off, failed, passed, report


def test_a_summary_holds_every_case_run_and_finding(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    write_summary(tmp_path / "result.json", report(passed(), failed(), cut_off()))

    golden("reports/result.json", (tmp_path / "result.json").read_text(encoding="utf-8"))


def test_what_is_written_is_what_was_summed_up(tmp_path: Path) -> None:
    told = report(passed(), failed())

    write_summary(tmp_path / "result.json", told)

    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) == summary(told)


def test_a_summary_of_nothing_is_inconclusive() -> None:
    assert summary(report())["verdict"] == "inconclusive"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeadairError, match=r"result\.json: the results cannot be written: No such file"):
        write_summary(tmp_path / "missing" / "result.json", report())
