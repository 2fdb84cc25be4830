"""How long a browser takes to open a report, and how large it is: printed, and not asserted.

A reader waits two seconds at most; what decides is how much there is to draw, and that is bounded whatever the run was.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from harness.reports import CaseResult
from harness.reports.html import write_report
from tests.support.browser import found_browser, launched
from tests.support.reports import eventful, lost
from tests.support.results import passed, result_of
from tests.support.traces import case

OPENED_TIMES = 5
A_FRAME_LATER = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


def many(number: int) -> list[CaseResult]:
    return [
        result_of(*passed().runs, asked=case(), case_id=f"calls.yaml::a call[number={each}]") for each in range(number)
    ]


def test_opening(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = found_browser()
    if program is None:
        pytest.skip("there is no Chromium or Chrome here")
    pages = {
        "10,000 events": [eventful()],
        "200,000 events": [eventful(200_000)],
        "432 cases, one failed": [lost(), *many(431)],
        "432 cases, all failed": [lost() for _ in range(432)],
    }
    with launched(program) as browser, capsys.disabled():
        print()
        for name, results in pages.items():
            path = tmp_path / "report.html"
            write_report(path, results, None)
            loaded_s, drawn_s = [], []
            with browser.page(path) as page:
                for _ in range(OPENED_TIMES):
                    began_s = time.monotonic()
                    loaded_s.append(page.open(path))
                    page.does(A_FRAME_LATER)
                    drawn_s.append(time.monotonic() - began_s)
            size_kb = path.stat().st_size / 1000
            print(
                f"{name:<24} {size_kb:6.0f} kB, loaded after {statistics.median(loaded_s) * 1000:5.0f} ms, "
                f"drawn after {statistics.median(drawn_s) * 1000:5.0f} ms"
            )
            assert size_kb > 0
