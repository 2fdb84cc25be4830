from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import DeadairError
from harness.reports.html import report_page, write_report
from harness.reports.text import first_sentence
from tests.support.results import cut_off, failed, passed


def test_a_page_tells_the_sentence_and_the_command_of_what_did_not_pass() -> None:
    result = failed()

    page = report_page([passed(), result], None)

    assert first_sentence(result) in page
    assert "deadair run &#39;calls.yaml::a call that waits too long[wait=5s]&#39; --seed 42 --clock virtual" in page


def test_what_did_not_pass_comes_first() -> None:
    page = report_page([passed(), cut_off(), failed()], None)

    places = [page.index(f"a call that {which}") for which in ("waits too long", "was cut off", "lives")]
    assert places == sorted(places)


def test_nothing_at_all_is_told_as_such() -> None:
    assert "nothing was played" in report_page([], None)


def test_a_report_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    with pytest.raises(DeadairError, match="the report cannot be written"):
        write_report(tmp_path / "missing" / "report.html", [], None)
