from __future__ import annotations

from harness.reports.github import workflow_commands
from tests.support.results import cut_off, failed, passed, report


def test_a_failure_is_told_at_the_line_of_its_scenario() -> None:
    (command,) = workflow_commands(report(passed(), failed()))

    assert command == (
        "::error file=calls.yaml,line=1,title=a call%3A fail::the 3rd wait was 5.2 s instead of 4 s ±5 %25, at 8.7 s"
        "%0Adeadair run 'calls.yaml::a call that waits too long[wait=5s]' --seed 42 --clock virtual"
    )


def test_an_inconclusive_case_is_a_warning() -> None:
    (command,) = workflow_commands(report(cut_off()))

    assert command.startswith("::warning file=calls.yaml,line=1,title=a call%3A inconclusive::the trace stops halfway")


def test_no_more_are_told_than_github_keeps() -> None:
    commands = list(workflow_commands(report(*[failed()] * 23)))

    assert len(commands) == 10
    assert commands[-1] == "::error title=deadair::and 14 more cases did not pass"
