"""What pytest calls: scenario files are met, what is to be played is planned, and the run folder is named at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.pytest_plugin.options import SCENARIO_FOLDERS, wishes_of
from harness.pytest_plugin.virtual_time import MARK

if TYPE_CHECKING:
    from harness.pytest_plugin.collecting import ScenarioFile
    from harness.pytest_plugin.sitting import Sitting

__all__ = [
    "pytest_collect_file", "pytest_collection_finish", "pytest_configure", "pytest_configure_node", "pytest_terminal_summary",
    "pytest_unconfigure", "sitting_of",
]  # fmt: skip

SCENARIO_ENDINGS = (".scenario.yaml", ".scenario.yml")
YAML_ENDINGS = (".yaml", ".yml")

MARKS = (
    f"{MARK}(seed=0): run this 'async def' test on deadair's virtual clock, where waiting is free",
    "deadair(provider, clock): is set on every case of a scenario file; -m \"deadair(provider='deepgram')\" chooses by it",
)

_SITTING = pytest.StashKey["Sitting"]()


def sitting_of(config: pytest.Config) -> Sitting:
    """The one of this process; it is made when it is first asked for.

    Raises:
        pytest.UsageError: If the client that the command line names is not there.
    """
    if _SITTING not in config.stash:
        from harness.pytest_plugin.sitting import Sitting

        config.stash[_SITTING] = Sitting.of(config)
    return config.stash[_SITTING]


def pytest_configure(config: pytest.Config) -> None:
    for line in MARKS:
        config.addinivalue_line("markers", line)
    if config.getoption("--deadair-client"):
        # A name that nobody has is a mistake on the command line, and not one of each scenario file.
        sitting_of(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    if not file_path.name.endswith(YAML_ENDINGS):
        return None
    in_folder = any(file_path.is_relative_to(folder) for folder in parent.config.getini(SCENARIO_FOLDERS))
    if not in_folder and not file_path.name.endswith(SCENARIO_ENDINGS):
        return None
    from harness.pytest_plugin.collecting import ScenarioFile

    return ScenarioFile.from_parent(parent, path=file_path)


def pytest_collection_finish(session: pytest.Session) -> None:
    if _SITTING in session.config.stash:
        sitting_of(session.config).plan(session.items)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Of pytest-xdist, for each of its workers: all of them fill the same run folder."""
    node.workerinput["deadair_out"] = str(wishes_of(node.config).out)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    out = wishes_of(config).out
    if not _has_played(config) or not out.is_dir():
        return
    from harness.errors import DeadairError
    from harness.pytest_plugin.summing_up import sum_up

    try:
        sum_up(out)
    except DeadairError as error:
        terminalreporter.write_line(f"deadair: {error}")
    shown = out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out
    terminalreporter.write_line(f"deadair: traces, results and report.html are in {shown}")


def _has_played(config: pytest.Config) -> bool:
    """Whether this process has, or may have had others play: pytest-xdist has a plugin of this name where it has workers."""
    if _SITTING in config.stash and config.stash[_SITTING].has_played:
        return True
    return config.pluginmanager.hasplugin("dsession")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SITTING in config.stash:
        config.stash[_SITTING].close()
