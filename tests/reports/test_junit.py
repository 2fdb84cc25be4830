"""JUnit's XML is held to what the descriptions that are around agree on, in rules of our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, fromstring

from harness.reports import Report, Unplayed
from harness.reports.junit import as_junit
from tests.support.results import cut_off, failed, flaky, passed, report

LEFT_OUT = Unplayed(case_id="more/calls.yaml::by the sun", place="more/calls.yaml:7", why="it needs the real clock")

MAY_HOLD = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"properties", "skipped", "error", "failure", "flakyFailure"},
    "properties": {"property"},
}
MUST_SAY = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"classname", "name", "file", "line", "time"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "flakyFailure": {"message", "type"},
    "skipped": {"message"},
}
MAY_SAY = {"testsuite": {"timestamp"}}


def mistakes(element: Element) -> Iterator[str]:
    """What a reader could not make sense of."""
    names = set(element.attrib)
    must = MUST_SAY.get(element.tag, set())
    if not must <= names <= must | MAY_SAY.get(element.tag, set()):
        yield f"{element.tag} says {names}"
    for child in element:
        if child.tag not in MAY_HOLD.get(element.tag, set()):
            yield f"{element.tag} holds {child.tag}"
        yield from mistakes(child)
    if element.tag in ("testsuites", "testsuite"):
        cases = list(element.iter("testcase"))
        for counted, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if int(element.attrib[counted]) != sum(case.find(tag) is not None for case in cases):
                yield f"{element.tag} counts {element.attrib[counted]} {counted}"
        if int(element.attrib["tests"]) != len(cases):
            yield f"{element.tag} counts {element.attrib['tests']} tests"
    if element.tag == "testcase" and sum(child.tag in ("failure", "error", "skipped") for child in element) > 1:
        yield "a case came out in two ways"


def everything() -> Report:
    return report(passed(), failed(), cut_off(), flaky(), unplayed=(LEFT_OUT,), took_s=1.5)


def case(xml: str, name: str) -> Element:
    (found,) = (one for one in fromstring(xml).iter("testcase") if one.attrib["name"] == name)
    return found


def test_it_reads_as_it_always_did(golden: Callable[[str, str], None]) -> None:
    golden("reports/junit.xml", as_junit(everything()))


def test_it_breaks_none_of_the_readers_rules() -> None:
    assert list(mistakes(fromstring(as_junit(everything())))) == []


def test_nothing_at_all_is_a_document_still() -> None:
    assert list(mistakes(fromstring(as_junit(report())))) == []


def test_a_failure_says_the_one_sentence_and_how_to_see_it_again() -> None:
    failure = case(as_junit(everything()), "a call that waits too long[wait=5s]").find("failure")

    assert failure is not None
    assert failure.attrib["message"] == "the 3rd wait was 5.2 s instead of 4 s ±5 %, at 8.7 s"
    assert (failure.text or "").endswith(f"rerun: {failed().rerun}")


def test_a_case_is_found_at_its_line() -> None:
    told = case(as_junit(everything()), "by the sun")

    assert (told.attrib["classname"], told.attrib["file"], told.attrib["line"]) == (
        "more.calls", "more/calls.yaml", "7",
    )  # fmt: skip


def test_a_case_that_nobody_could_judge_is_an_error() -> None:
    assert case(as_junit(everything()), "a call that was cut off").find("error") is not None


def test_a_case_that_passed_when_it_was_played_again_tells_what_it_did_before() -> None:
    told = case(as_junit(everything()), "a call that makes up its mind")

    assert [child.tag for child in told] == ["properties", "flakyFailure"]


def test_it_is_a_failure_where_flaky_cases_are_to_fail() -> None:
    told = case(as_junit(report(flaky(), fail_on_flaky=True)), "a call that makes up its mind")

    assert [child.tag for child in told] == ["properties", "failure"]


def test_characters_that_xml_does_not_have_are_told_by_their_numbers() -> None:
    failure = case(as_junit(everything()), "a call that waits too long[wait=5s]").find("failure")

    assert failure is not None
    assert r"\u001b[31mred" in (failure.text or "")
