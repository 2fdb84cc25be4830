"""Each call of deadair in `ci/` is one that deadair takes."""

from __future__ import annotations

import re

import click
import pytest

from harness.cli import main
from tests.support.pipelines import CI, Step, calls, github, gitlab, shown

PIPELINES = {"github": github(), "gitlab": gitlab()}
STEPS = [pytest.param(step, id=f"{name}: {step.job}") for name, steps in PIPELINES.items() for step in steps]
PAGES = [page.relative_to(CI).as_posix() for page in sorted(CI.rglob("*.md"))]


def understood(arguments: list[str]) -> click.Context:
    """The call as click reads it; nothing is done. Raises click.UsageError for what is not taken."""
    with click.Context(main) as group:
        name, *rest = arguments
        command = main.get_command(group, name)
        assert command is not None, f"there is no command {name!r}"
        return command.make_context(name, rest, parent=group)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_calls_deadair_as_it_wants_to_be_called(step: Step) -> None:
    for arguments in calls(step.run, step.variables):
        understood(arguments)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_commands_that_there_are(page: str) -> None:
    for line in shown(CI / page):
        for arguments in calls(line, {}):
            understood(arguments)


def test_both_pipelines_call_the_same() -> None:
    def called(steps: tuple[Step, ...]) -> list[list[str]]:
        base = {"BASE": "base", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "base"}
        return [arguments for step in steps for arguments in calls(step.run, {**step.variables, **base})]

    assert called(PIPELINES["github"]) == called(PIPELINES["gitlab"])
    assert {arguments[0] for arguments in called(PIPELINES["github"])} == {"run", "compare"}


def test_a_misspelt_option_would_be_seen() -> None:
    with pytest.raises(click.UsageError):
        understood(["run", "--cluck", "virtual"])


def test_everything_here_means_one_toxiproxy() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CI.rglob("*") if path.is_file()]

    named = {word.strip("`\"'@v") for text in texts for word in _versions(text)}

    assert named == {"2.12.0"}


def _versions(text: str) -> list[str]:
    return re.findall(r"(?:toxiproxy:|cmd/server@v|toxiproxy-|^version=v)(\d+\.\d+\.\d+)", text, re.MULTILINE)
