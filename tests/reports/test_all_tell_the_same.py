"""One provider is broken on purpose; whoever is asked what is wrong with it gives the one sentence and the one command."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from click.testing import CliRunner

from harness.cli.report import report
from tests.support.command_line import called
from tests.support.pytest_runs import pytest_run

CLIENT = """\
from dataclasses import replace

from harness.runner.registry import provider_client
from providers.openai import OpenAIRealtimeProvider


class Hasty(OpenAIRealtimeProvider):
    async def _ride_out(self, loss, policy, **how):
        return await super()._ride_out(loss, replace(policy, first_delay_s=0.4), **how)


def make(case, endpoints):
    return provider_client(case, endpoints, Hasty)
"""

SCENARIO = """\
deadair: 1
scenario: the line is dead for a while
provider: openai-realtime
client: python:hasty:make
script: []
faults:
  - {at: 300ms, do: down, for: 2s}
expect:
  backoff: {waits: [1s, 2s]}
  end: {state: active, by: 20s}
"""

SENTENCE = "the 1st wait was 400.4 ms instead of 1 s ±5 %, at 0.7 s, and 1 other were wrong too"
RERUN = "deadair run 'calls.scenario.yaml::the line is dead for a while' --seed 0 --clock virtual"

FORMS = ("json", "junit", "ctrf", "github", "markdown", "html", "terminal")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one run left behind: its folder, a file of each form, what was printed, the summary of the job."""
    place = tmp_path_factory.mktemp("broken")
    (place / "hasty.py").write_text(CLIENT, encoding="utf-8")
    (place / "calls.scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    asked = [word for form in FORMS for word in ("--format", f"{form}=told.{form}")]
    github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(place / "summary.md")}
    ran = called("run", "calls.scenario.yaml", "--clock", "virtual", "--out", "run", *asked, folder=place, more=github)
    assert ran.returncode == 1, ran.stderr
    (place / "printed").write_text(ran.stdout, encoding="utf-8")
    return place


def test_the_terminal_tells_it(folder: Path) -> None:
    printed = (folder / "printed").read_text(encoding="utf-8")

    assert re.findall(r"^ {4}backoff +(.*)$", printed, re.MULTILINE)[0] == SENTENCE
    assert re.findall(r"^ {4}rerun +(.*)$", printed, re.MULTILINE) == [RERUN]


def test_words_in_a_file_tell_it(folder: Path) -> None:
    told = (folder / "told.terminal").read_text(encoding="utf-8")

    assert f"    backoff   {SENTENCE}\n" in told
    assert f"    rerun     {RERUN}\n" in told


def test_json_tells_it(folder: Path) -> None:
    for name in ("told.json", "run/result.json"):
        (case,) = json.loads((folder / name).read_text(encoding="utf-8"))["cases"]

        assert (case["verdict"], case["sentence"], case["rerun"]) == ("fail", SENTENCE, RERUN)


def test_junit_tells_it(folder: Path) -> None:
    (case,) = fromstring((folder / "told.junit").read_text(encoding="utf-8")).iter("testcase")

    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == SENTENCE
    assert [one.attrib["value"] for one in case.iter("property") if one.attrib["name"] == "rerun"] == [RERUN]


def test_ctrf_tells_it(folder: Path) -> None:
    (test,) = json.loads((folder / "told.ctrf").read_text(encoding="utf-8"))["results"]["tests"]

    assert (test["status"], test["message"], test["extra"]["rerun"]) == ("failed", SENTENCE, RERUN)


def test_annotations_tell_it(folder: Path) -> None:
    annotation = (folder / "told.github").read_text(encoding="utf-8")

    assert annotation.startswith("::error file=calls.scenario.yaml,line=2,")
    assert annotation in (folder / "printed").read_text(encoding="utf-8")
    said = annotation.split("::", maxsplit=2)[2].replace("%0A", "\n").replace("%25", "%").strip()
    assert said.splitlines() == [SENTENCE, RERUN]


def test_the_summary_of_the_job_tells_it(folder: Path) -> None:
    summary = (folder / "summary.md").read_text(encoding="utf-8")

    assert summary == (folder / "told.markdown").read_text(encoding="utf-8")
    assert {SENTENCE, RERUN} <= set(summary.splitlines())


def test_the_web_page_tells_it(folder: Path) -> None:
    for name in ("told.html", "run/report.html"):
        page = html.unescape((folder / name).read_text(encoding="utf-8"))

        assert SENTENCE in page
        assert RERUN in page


def test_a_report_of_the_folder_tells_it(folder: Path) -> None:
    told = CliRunner().invoke(report, [str(folder / "run"), "--format", "json"]).stdout

    (case,) = json.loads(told)["cases"]
    assert (case["verdict"], case["sentence"], case["rerun"]) == ("fail", SENTENCE, RERUN)


def test_pytest_tells_it(folder: Path) -> None:
    ran = pytest_run(folder, "calls.scenario.yaml")

    told = ran.tests["the line is dead for a while"]
    assert (told.outcome, told.message) == ("failed", SENTENCE)
    assert RERUN in ran.printed
