from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.errors import DeadairError
from harness.reports import CaseResult, judged
from harness.reports.html import report_page, write_report
from harness.reports.report import Unplayed
from harness.reports.text import first_sentence
from harness.runs.about import About
from tests.support.reports import eventful, hostile, lost, unfired
from tests.support.results import cut_off, failed, passed, result_of
from tests.support.traces import TraceBuilder, case

Golden = Callable[[str, str], None]

ABOUT = About(
    deadair="1.2.3",
    python="CPython 3.11",
    libraries={},
    platform="Linux x86_64",
    proxy="embedded",
    began="then",
    runs=(),
)


class Read(HTMLParser):
    """What a browser would make of a page: its elements, and its words without styles, scripts and drawings."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and not {"style", "script", "svg"} & set(self._open):
            self.words.append(" ".join(data.split()))

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]


def many(number: int) -> list[CaseResult]:
    """Cases that passed."""
    return [
        result_of(*passed().runs, asked=case(), case_id=f"calls.yaml::a call[number={each}]") for each in range(number)
    ]


def test_a_page_reads_like_this(golden: Golden) -> None:
    flaky = result_of(*passed().runs, *failed().runs, asked=case(), case_id="calls.yaml::now and then", times=2)

    words = Read(report_page([passed(), lost(), cut_off(), flaky, failed(), *many(2)], ABOUT)).words

    golden("reports/page.txt", "".join(f"{each}\n" for each in words))


def test_a_page_tells_the_sentence_and_the_command_of_what_did_not_pass() -> None:
    words = Read(report_page([passed(), failed()], None)).words

    assert first_sentence(failed()) in words
    assert "deadair run 'calls.yaml::a call that waits too long[wait=5s]' --seed 42 --clock virtual" in words


def test_what_did_not_pass_comes_first() -> None:
    page = report_page([passed(), cut_off(), failed()], None)

    places = [page.index(f"a call that {which}") for which in ("waits too long", "was cut off", "lives")]
    assert places == sorted(places)


def test_nothing_at_all_is_told_as_such() -> None:
    assert "Nothing was played" in Read(report_page([], None)).words


def test_what_was_not_played_is_named_with_the_reason() -> None:
    left_out = Unplayed(case_id="calls.yaml::a call over TLS", place="calls.yaml:9", why="on the real clock only")

    words = Read(report_page([passed()], None, unplayed=[left_out])).words

    assert words[words.index("Not played") :] == [
        "Not played",
        "1: on the real clock only",
        "calls.yaml::a call over TLS",
    ]


def test_a_page_of_a_run_that_was_interrupted_says_so() -> None:
    words = Read(report_page([passed()], None, interrupted=True)).words

    assert "The one case passed, then it was interrupted" in words


def test_every_mark_is_a_link_to_itself_and_says_what_it_is() -> None:
    marks = [
        each for tag, each in Read(report_page([lost()], None)).elements if tag == "a" and "-m" in str(each.get("id"))
    ]

    assert len(marks) == 18
    assert all(mark["href"] == f"#{mark['id']}" for mark in marks)
    assert report_page([lost()], None).count("<title>") == len(marks) + 1


def test_every_id_is_there_once() -> None:
    ids = Read(report_page([lost(), failed(), cut_off(), *many(10)], None)).ids()

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("result", [failed(), lost(), cut_off(), eventful(500)], ids=lambda result: result.case.id)
def test_without_script_the_page_has_all_that_matters(result: CaseResult) -> None:
    page = report_page([result, *many(20)], None)

    words = Read(page).words
    assert first_sentence(result) in words
    assert result.rerun in words
    assert '<svg class="marks"' in page
    assert "The timeline as a table" in words


def test_a_fault_that_never_fired_is_told_in_red() -> None:
    assert re.search(r'<tr class="wrong"><td>late</td>.*\n<td>never', report_page([unfired()], None))


def test_harm_is_shown_and_not_done() -> None:
    page = report_page([hostile(), *many(1)], None)

    read = Read(page)
    assert [tag for tag, _ in read.elements if tag in ("img", "iframe", "object", "link")] == []
    assert [tag for tag, _ in read.elements].count("script") == 2
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert "{{ 7 * 7 }}" in page
    assert not set("\x1b\u202e\x00") & set(page)
    page.encode()


def test_harm_is_packed_and_not_done() -> None:
    page = report_page([hostile() for _ in range(40)] + many(20), None)

    assert "harmed()</script>" not in page
    assert not set("\x1b\u202e\x00") & set(page)


def test_a_key_is_nowhere_in_a_page() -> None:
    key = "sk-deadair-0123456789abcdef"
    result = hostile(key)
    named = result.case.model_copy(
        update={"id": "calls.yaml::a call", "scenario": "a call", "summary": "", "place": "x:1"}
    )

    assert key not in report_page([replace(result, case=named)], None)


def test_half_a_megabyte_in_every_text_is_a_page_of_ordinary_size() -> None:
    assert len(report_page([hostile("x" * 500_000)], None)) < 200_000


def test_ten_thousand_events_are_a_page_of_ordinary_size() -> None:
    assert len(report_page([eventful()], None)) < 250_000


def test_the_page_of_a_run_of_432_cases_with_some_failures_has_at_most_300_kilobytes() -> None:
    page = report_page([failed(), lost(), *many(430)], ABOUT)

    assert len(page.encode()) <= 300_000


def test_what_is_too_much_for_a_page_is_left_out_with_the_command_that_draws_it() -> None:
    page = report_page([eventful(480, seed=seed) for seed in range(12)], None)

    assert "This one is drawn by" in page
    assert "deadair report RUN::case" in page


def test_a_case_leads_to_what_is_kept_of_it() -> None:
    (run,) = failed().runs
    kept = result_of(replace(run, trace_path="/home/me/runs/now/0000-a call/trace.jsonl"), asked=case())

    page = report_page([kept], None)

    assert 'href="./0000-a%20call/scenario.yaml"' in page
    assert "/home/me" not in page


def test_a_run_on_the_real_clock_tells_how_late_the_host_was() -> None:
    (run,) = passed().runs

    words = Read(report_page([result_of(replace(run, clock="real"), asked=case())], None)).words

    assert "this host's timers were late by 0 ms at worst" in words


def test_a_broken_rule_is_said_in_words() -> None:
    told = TraceBuilder().state("active").connects(1).at(5).saw("wire.closed", 1, code=1000, by="server")
    result = result_of(judged(told.saw("run.stream_ended").at(20).ends()), asked=case())

    assert any(
        word.startswith("I1: A close that the client did not ask for is a drop")
        for word in Read(report_page([result], None)).words
    )


def test_a_run_whose_trace_is_gone_is_told_all_the_same() -> None:
    bare = result_of(*(replace(run, exhibit=None) for run in cut_off().runs), asked=case())

    assert "there is no trace of this run, so nothing of it can be drawn" in Read(report_page([bare], None)).words


def test_a_report_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    with pytest.raises(DeadairError, match="the report cannot be written"):
        write_report(tmp_path / "missing" / "report.html", [], None)
