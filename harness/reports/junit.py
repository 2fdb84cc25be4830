"""JUnit's XML, as Jenkins, GitLab and the readers of GitHub Actions take it.

There is no standard. What is written here stands in all of the descriptions that are around (Jenkins' junit-10.xsd, GitLab's
"Unit test reports", testmoapp/junitxml), read 2026-11-23: a suite for each file, `file` and `line` on each case, the
properties first, then at most one of `skipped`, `error` and `failure`, or a `flakyFailure` for each time that it was
played again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.expectations import Verdict
from harness.reports.lines import name_told, printable, sentence_told
from harness.reports.report import Report, Unplayed
from harness.reports.result import CaseResult, RunResult
from harness.reports.text import first_sentence, runs_said
from harness.scenario.model import Case

__all__ = ["as_junit"]

PROBLEMS = {Verdict.FAIL: "failure", Verdict.FLAKY: "failure", Verdict.INCONCLUSIVE: "error"}
REASONS_MAX = 20


def as_junit(report: Report) -> str:
    """The report as XML. Characters that XML does not have are told by their numbers."""
    root = Element("testsuites", name="deadair")
    for file, told in _by_file(report).items():
        suite = SubElement(root, "testsuite", name=name_told(file))
        for one in told:
            _add(suite, one, report)
        _count(suite, suite.iter("testcase"))
        if report.about is not None and report.about.began:
            # Jenkins and the schema of xunit know a moment without its zone only.
            suite.set("timestamp", report.about.began[:19])
    _count(root, root.iter("testcase"))
    if report.took_s:
        root.set("time", f"{report.took_s:.3f}")
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _by_file(report: Report) -> dict[str, list[CaseResult | Unplayed]]:
    told: list[CaseResult | Unplayed] = [*report.results, *report.unplayed]
    files: dict[str, list[CaseResult | Unplayed]] = {}
    for one in told:
        files.setdefault(_named(one)[0].partition("::")[0], []).append(one)
    return files


def _named(told: CaseResult | Unplayed) -> tuple[str, str]:
    """The id and the place of a case."""
    return (told.case_id, told.place) if isinstance(told, Unplayed) else (told.case.id, told.case.place)


def _count(element: Element, cases: Iterator[Element]) -> None:
    told = list(cases)
    element.set("tests", str(len(told)))
    for counted, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(counted, str(sum(case.find(tag) is not None for case in told)))
    element.set("time", f"{sum(float(case.attrib['time']) for case in told):.3f}")


def _add(suite: Element, told: CaseResult | Unplayed, report: Report) -> None:
    case_id, place = _named(told)
    file, _, name = case_id.partition("::")
    path, line = report.located(place)
    element = SubElement(
        suite,
        "testcase",
        # Dots make a tree of it; the file's own ending is none of its branches.
        classname=name_told(file.rpartition(".")[0].replace("/", ".") or file),
        name=name_told(name or case_id),
        file=path,
        line=str(line),
    )
    if isinstance(told, Unplayed):
        element.set("time", "0.000")
        SubElement(element, "skipped", message=sentence_told(told.why))
        return
    element.set("time", f"{sum(run.cost_s for run in (*told.retried, *told.runs)):.3f}")
    properties = SubElement(element, "properties")
    for key, value in _properties(told):
        SubElement(properties, "property", name=key, value=value)
    if told.passed_on_retry and not report.fail_on_flaky:
        for run in told.retried:
            _problem(element, "flakyFailure", _first(run), run.verdict, _body(told, run))
    elif told.verdict is not Verdict.PASS:
        _problem(element, PROBLEMS[told.verdict], first_sentence(told), told.verdict, _body(told, told.told_run))


def _problem(element: Element, tag: str, message: str, verdict: Verdict, body: Sequence[str]) -> None:
    SubElement(element, tag, message=message, type=verdict.value).text = "\n".join(body)


def _body(told: CaseResult, run: RunResult) -> list[str]:
    """The other reasons, and how to see it again. The first stands in the message; some readers show only the body."""
    reasons = run.judgement.reasons
    lines = [f"{reason.expectation}: {sentence_told(reason.sentence)}" for reason in reasons[:REASONS_MAX]]
    if len(reasons) > REASONS_MAX:
        lines.append(f"and {len(reasons) - REASONS_MAX} more")
    lines += [f"note: {sentence_told(note)}" for note in run.notes]
    if run.trace_path:
        lines.append(f"trace: {printable(run.trace_path)}")
    return [*lines, f"rerun: {told.rerun}"]


def _first(run: RunResult) -> str:
    reasons = run.judgement.reasons
    return sentence_told(reasons[0].sentence) if reasons else ""


def _properties(told: CaseResult) -> Iterator[tuple[str, str]]:
    run = told.told_run
    yield "provider", told.case.provider
    yield "client", name_told(_client(told.case, told.chosen_client))
    yield "clock", run.clock or "none"
    if run.seed is not None:
        yield "seed", str(run.seed)
    yield "call_lasted_s", f"{run.lasted_us / 1e6:.6f}"
    if runs := runs_said(told):
        yield "runs", runs
    yield "rerun", told.rerun


def _client(case: Case, chosen: str) -> str:
    """Who was tested: the command line's choice, the scenario's, or deadair's own client of the provider."""
    if chosen:
        return chosen
    if case.client is None:
        return "deadair"
    return case.client if isinstance(case.client, str) else " ".join(case.client)
