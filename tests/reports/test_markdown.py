from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.reports import CaseResult
from harness.reports.markdown import as_markdown
from tests.support.results import cut_off, failed, flaky, passed, report


def called(name: str) -> CaseResult:
    result = failed()
    return replace(result, case=result.case.model_copy(update={"id": f"calls.yaml::{name}"}))


def test_it_reads_as_it_always_did(golden: Callable[[str, str], None]) -> None:
    told = report(passed(), failed(), cut_off(), flaky(), took_s=1.5, page=".deadair/runs/1/report.html")

    golden("reports/summary.md", as_markdown(told))


def test_what_passed_is_only_counted() -> None:
    assert "a call that lives" not in as_markdown(report(passed(), failed()))


def test_an_interrupted_run_says_so() -> None:
    assert "**Interrupted**" in as_markdown(report(passed(), interrupted=True))


def test_it_is_cut_between_two_cases_and_says_how_many_are_missing() -> None:
    told = as_markdown(report(*[failed()] * 400), bytes_max=50_000)

    shown = told.count("### ")
    assert len(told.encode()) <= 50_000
    assert told.count("</details>") == shown
    assert told.endswith(f"\n…and {400 - shown} more cases that did not pass: there is no room for all of them here.\n")


def test_a_name_is_no_markup() -> None:
    told = as_markdown(report(called("<img src=x> [link](http://x.test) @team #1 `code` *bold*")))

    heading = next(line for line in told.splitlines() if line.startswith("### "))
    assert heading == (
        r"### ✗ fail: calls.yaml\:\:&lt;img src=x&gt; \[link\](http\://x.test) \@team \#1 \`code\` \*bold\*"
    )


def test_a_name_does_not_end_the_block_that_it_stands_in() -> None:
    told = as_markdown(report(called("``` </details> ````")))

    assert "`````sh\n" in told
