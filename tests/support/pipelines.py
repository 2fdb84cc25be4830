"""The pipelines of `ci/`, as their services read them: which job runs which lines of shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["CI", "Step", "calls", "github", "gitlab", "shown"]

CI = Path(__file__).parents[2] / "ci"

_OPERATORS = frozenset({"||", "&&", "|", ";", ">", ">>"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Lines of shell that a job runs, with the variables that it has set for them."""

    job: str
    run: str
    variables: Mapping[str, str] = field(default_factory=dict)


def github() -> tuple[Step, ...]:
    """The steps of the workflow; what it takes from GitHub itself is `$GITHUB_…` in their variables."""
    workflow = _yaml(CI / "github" / "deadair.yml")
    return tuple(
        Step(
            job=name,
            run=re.sub(r"\$\{\{ *env\.(\w+) *\}\}", r"$\1", step["run"]),
            variables=_texts(workflow.get("env"), job.get("env"), step.get("env")),
        )
        for name, job in workflow["jobs"].items()
        for step in job["steps"]
        if "run" in step
    )


def gitlab() -> tuple[Step, ...]:
    pipeline = _yaml(CI / "gitlab" / "deadair.gitlab-ci.yml")
    jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and name != "variables"}
    return tuple(
        Step(
            job=name,
            run=line,
            variables=_texts(pipeline["variables"], *(each.get("variables") for each in (_base(job, jobs), job))),
        )
        for name, job in jobs.items()
        if not name.startswith(".")
        for line in [*job.get("before_script", _base(job, jobs).get("before_script", [])), *job["script"]]
    )


def calls(shell: str, variables: Mapping[str, str]) -> Iterator[list[str]]:
    """The arguments of each call of `deadair` in these lines, without `deadair` itself."""
    filled = re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], f"the-{found[1].lower()}"), shell)
    for line in filled.splitlines():
        words = shlex.split(line)
        if "deadair" in words:
            arguments = words[words.index("deadair") + 1 :]
            end = next((at for at, word in enumerate(arguments) if word in _OPERATORS), len(arguments))
            yield arguments[:end]


def shown(page: Path) -> Iterator[str]:
    """The commands that a page shows behind `$`."""
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        yield from (line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ "))


def _yaml(path: Path) -> dict[str, Any]:
    # Not `on: true`: words are words, as the services read them.
    read: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return read


def _base(job: Mapping[str, Any], jobs: Mapping[str, Any]) -> Mapping[str, Any]:
    return jobs[job["extends"]] if "extends" in job else {}


def _texts(*groups: Mapping[str, str] | None) -> dict[str, str]:
    return {name: value for group in groups for name, value in (group or {}).items()}
