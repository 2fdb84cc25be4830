from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from harness.expectations import Finding, Judgement, Verdict
from harness.reports import CaseResult, Unplayed, judged
from harness.reports.lines import Line, printable
from harness.reports.text import case_lines, first_sentence, runs_said, summary_lines, totals_said
from harness.reports.waits import drawn
from tests.support.results import cut_off, failed, flaky, passed, report, result_of, three_waits
from tests.support.traces import case

Golden = Callable[[str, str], None]


def text(lines: Iterable[Line]) -> str:
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)


def all_of_them() -> list[CaseResult]:
    flaky = result_of(*passed().runs, *failed().runs, asked=case(), case_id="calls.yaml::now and then", times=2)
    return [passed(), failed(), cut_off(), flaky]


def test_every_verdict_is_told_for_a_terminal(golden: Golden) -> None:
    golden("reports/cases-terminal.txt", "".join(text(case_lines(result)) for result in all_of_them()))


def test_every_verdict_is_told_for_a_pipe(golden: Golden) -> None:
    golden("reports/cases-plain.txt", "".join(text(case_lines(result, plain=True)) for result in all_of_them()))


def test_a_terminal_that_knows_only_ascii_gets_only_ascii_from_us() -> None:
    told = text(case_lines(failed(), ascii_only=True)).replace("±", "").replace("µ", "")

    assert told.isascii()


def test_a_summary_tells_totals_and_times(golden: Golden) -> None:
    golden("reports/summary.txt", text(summary_lines(report(*all_of_them(), took_s=1.234))))


def test_a_real_run_is_told_what_virtual_time_would_cost() -> None:
    trace = three_waits(case()).ends()
    real = result_of(judged(replace(trace, header=replace(trace.header, clock="real"))), asked=case())

    told = text(summary_lines(report(real, took_s=134.2), virtual_took_s=0.6))

    assert told == ("1 passed\n9.5 s of calls in 2 min 14 s, real clock\nthe same with --clock virtual: about 600 ms\n")


def test_a_virtual_run_is_not() -> None:
    assert "--clock" not in text(summary_lines(report(passed(), took_s=1), virtual_took_s=0.6))


def test_nothing_at_all_is_told_as_such() -> None:
    assert text(summary_lines(report())).startswith("nothing was played\n")


def test_only_the_first_findings_are_told() -> None:
    findings = tuple(
        Finding(expectation="never", verdict=Verdict.FAIL, sentence=f"finding {number}") for number in range(1, 9)
    )
    run = replace(failed().runs[0], judgement=Judgement(verdict=Verdict.FAIL, findings=findings))

    told = text(case_lines(result_of(run, asked=case())))

    assert "finding 5" in told
    assert "finding 6" not in told
    assert "and 3 more findings" in told


def test_a_note_and_the_trace_are_told_with_a_failure() -> None:
    run = replace(failed().runs[0], notes=("played behind the embedded proxy",), trace_path="runs/1/trace.jsonl")

    told = text(case_lines(result_of(run, asked=case())))

    assert "    note      played behind the embedded proxy\n" in told
    assert "    trace     runs/1/trace.jsonl\n" in told


def test_what_a_server_said_does_nothing_to_the_terminal() -> None:
    assert "\x1b" not in text(case_lines(failed()))
    assert printable("a\x1b[31m\u202e\n") == "a\\u001b[31m\\u202e\\u000a"


def test_the_first_sentence_says_what_is_wrong() -> None:
    assert first_sentence(failed()) == "the 3rd wait was 5.2 s instead of 4 s ±5 %, at 8.7 s"
    assert first_sentence(passed()) == ""


@pytest.mark.parametrize(("expected", "got"), [(None, None), ([1], [1]), ({"waits_us": [1]}, {})])
def test_what_is_no_schedule_of_waits_is_not_drawn(expected: object, got: object) -> None:
    finding = Finding(expectation="backoff", verdict=Verdict.FAIL, sentence="", expected=expected, got=got)

    assert list(drawn(finding)) == []


def test_waits_that_are_missing_or_too_many_are_drawn_as_such() -> None:
    def waits(expected: list[int], got: list[int]) -> str:
        return text(
            drawn(
                Finding(
                    expectation="backoff",
                    verdict=Verdict.FAIL,
                    sentence="",
                    expected={"waits_us": expected},
                    got={"waits_us": got},
                )
            )
        )

    assert waits([1_000_000, 2_000_000], [1_000_000]).splitlines()[1].endswith("┃  none")
    assert waits([1_000_000], [1_000_000, 2_000_000]).splitlines()[1].startswith("    none  ━━━")


def test_of_thousands_of_waits_the_first_are_drawn() -> None:
    many = {"waits_us": [0] * 5_000}
    finding = Finding(expectation="backoff", verdict=Verdict.FAIL, sentence="", expected=many, got=many)

    lines = text(drawn(finding)).splitlines()

    assert len(lines) == 17
    assert lines[-1].strip() == "and 4984 more waits"


def test_a_case_of_several_runs_tells_its_rate() -> None:
    several = result_of(*[passed().runs[0]] * 18, *[failed().runs[0]] * 2, asked=case(), times=20)

    assert "20 runs passed, 90 % (70 %–97 %)" in text(case_lines(several))
    assert "90 % (70 %-97 %)" in text(case_lines(several, ascii_only=True))


def test_runs_that_could_not_be_judged_say_nothing_of_the_rate() -> None:
    several = result_of(passed().runs[0], passed().runs[0], cut_off().runs[0], asked=case(), times=3)

    assert runs_said(several) == "2 of 3 runs passed, 1 inconclusive, 100 % (34 %–100 %)"


def test_what_was_played_again_tells_how_often() -> None:
    assert runs_said(flaky()) == "passed at the 2nd try"
    assert runs_said(replace(failed(), retried=failed().runs * 2)) == "3 tries, none passed"


def test_what_was_not_played_is_counted() -> None:
    unplayed = (Unplayed(case_id="a.yaml::b", place="a.yaml:1", why="c"),)

    assert totals_said(report(passed(), unplayed=unplayed)) == "1 passed, 1 not played"
    assert totals_said(report(unplayed=unplayed)) == "nothing was played, 1 not played"


def test_what_was_interrupted_says_so_first() -> None:
    told = text(summary_lines(report(passed(), failed(), interrupted=True)))

    assert told.startswith("interrupted: 2 cases were over, the others say nothing\n1 passed, 1 failed\n")
