"""What servers, clients and files say is shown, and does nothing, in every form."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from harness.expectations import Finding, Judgement, Verdict
from harness.reports import FORMATS, CaseResult, Report, Unplayed
from tests.support.results import failed, report

NASTY = (
    "\x1b[2J\x1b]0;title\x07 \r\n::error::forged\n::stop-commands::x \u202egnp.exe \u2028 \x00 \ud800 \ufffe "
    "]]> --> </failure> <script>alert(1)</script> ``` | %0A::warning::forged"
)
LONG = "x" * 10_000_000


def result_with(text: str) -> CaseResult:
    """Everything in it that somebody else may have written is `text`."""
    result = failed()
    told = {"id": f"{text}.yaml::{text}", "place": f"{text}.yaml:1", "scenario": text, "summary": text, "tags": (text,)}
    finding = Finding(expectation="never", verdict=Verdict.FAIL, sentence=text, expected=text, got=text)
    run = replace(
        result.runs[0],
        judgement=Judgement(verdict=Verdict.FAIL, findings=(finding,)),
        notes=(text,),
        exhibit=None,
    )
    return replace(result, case=result.case.model_copy(update=told), runs=(run,), retried=(run,), chosen_client=text)


def report_with(text: str) -> Report:
    return report(result_with(text), unplayed=(Unplayed(case_id=f"{text}::{text}", place=f"{text}:1", why=text),))


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    return {name: form(report_with(NASTY)) for name, form in FORMATS.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_no_form_has_a_character_that_does_something(name: str, told: dict[str, str]) -> None:
    assert [line for line in told[name].split("\n") if not line.isprintable()] == []
    told[name].encode()


def test_json_says_exactly_what_was_said(told: dict[str, str]) -> None:
    (case,) = json.loads(told["json"])["cases"]

    assert case["scenario"] == NASTY
    assert case["runs"][0]["findings"][0]["sentence"] == NASTY


def test_xml_has_no_more_elements_than_it_should(told: dict[str, str]) -> None:
    tags = {element.tag for element in fromstring(told["junit"]).iter()}

    assert tags == {"testsuites", "testsuite", "testcase", "properties", "property", "failure", "skipped"}


def test_ctrf_is_json(told: dict[str, str]) -> None:
    assert json.loads(told["ctrf"])["results"]["summary"]["failed"] == 1


def test_github_gets_one_command_for_one_case(told: dict[str, str]) -> None:
    assert re.findall(r"^::[a-z-]+", told["github"], re.MULTILINE) == ["::error"]
    assert told["github"].count("\n") == 1


def test_words_begin_no_command_of_github(told: dict[str, str]) -> None:
    assert re.findall(r"^::", told["terminal"], re.MULTILINE) == []


def test_markdown_holds_no_tag_but_its_own(told: dict[str, str]) -> None:
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", told["markdown"], flags=re.MULTILINE | re.DOTALL)

    assert set(re.findall(r"<(/?\w+)", outside)) == {"details", "/details", "summary", "/summary"}


def test_what_is_endless_is_shortened() -> None:
    endless = report_with(LONG)

    lengths = {name: len(form(endless)) for name, form in FORMATS.items() if name not in ("json", "html")}

    assert {name: length for name, length in lengths.items() if length > 100_000} == {}
