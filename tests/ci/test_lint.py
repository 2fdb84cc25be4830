"""What others say of the files in `ci/`: the schemas of GitHub, GitLab and Compose, yamllint, actionlint."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.clients.installing import NotInstallable, installed, locked
from tests.support.pipelines import CI

CACHE = Path(__file__).parents[2] / ".cache"
LINTERS = ("check-jsonschema==0.39.0", "yamllint==1.38.0")
"""The first one brings the schemas with it."""

FILES = {
    "vendor.github-workflows": CI / "github" / "deadair.yml",
    "vendor.gitlab-ci": CI / "gitlab" / "deadair.gitlab-ci.yml",
    "vendor.compose-spec": CI / "compose" / "compose.yaml",
}
YAMLLINT = "{extends: default, rules: {line-length: {max: 130}, document-start: disable, truthy: {check-keys: false}}}"


@pytest.fixture(scope="module")
def linters() -> Path:
    """Where the linters' programs are; in an environment of their own, made once."""
    folder = CACHE / "ci-lint"
    try:
        with locked(CACHE / "ci-lint.lock"):
            if not (folder / "bin" / "yamllint").exists():
                installed(folder, LINTERS)
    except NotInstallable as error:
        pytest.skip(f"no linters here: {error}")
    return folder / "bin"


def complaints(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("schema", FILES)
def test_a_file_is_what_its_service_takes(schema: str, linters: Path) -> None:
    assert complaints(linters / "check-jsonschema", "--builtin-schema", schema, FILES[schema]) == ""


def test_a_job_that_could_hang_for_hours_is_ended(linters: Path) -> None:
    schema = "custom.github-workflows-require-timeout"

    assert complaints(linters / "check-jsonschema", "--builtin-schema", schema, FILES["vendor.github-workflows"]) == ""


def test_the_files_are_tidy(linters: Path) -> None:
    assert complaints(linters / "yamllint", "--strict", "-d", YAMLLINT, *FILES.values()) == ""


def test_actionlint_finds_nothing_in_the_workflow() -> None:
    actionlint = shutil.which("actionlint") or shutil.which("actionlint", path=CACHE / "bin")
    if actionlint is None:
        pytest.skip(
            "no actionlint: GOBIN=$PWD/.cache/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
        )

    assert complaints(actionlint, "-no-color", FILES["vendor.github-workflows"]) == ""
