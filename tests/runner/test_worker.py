"""What a worker imports, and when: every run of a case waits for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

OF_NO_USE_YET = {
    "click", "httpx", "jinja2", "requests", "rich", "toxiproxy", "trustme", "mock_servers.base.tls",
    "mock_servers.deepgram", "mock_servers.gemini_live", "mock_servers.openai_realtime",
    "providers.deepgram", "providers.gemini", "providers.openai",
}  # fmt: skip

NOTHING_BUT_THE_WORKER = """
import sys
import harness.runner.worker
from harness.reports import judged
print(*sys.modules, sep="\\n")
"""

WHAT_IS_IMPORTED_IN_A_CALL = """
import sys
from pathlib import Path
from harness.runner.registry import fetch
from harness.scenario import load
from tests.support.plays import played_here

cases = load([Path("scenarios/examples/gives_up.yaml")], root=Path.cwd()).cases
assert {case.provider for case in cases} == {"gemini-live", "openai-realtime", "deepgram"}
for case in cases:
    fetch([case])
    before = set(sys.modules)
    played_here(case, Path(sys.argv[1]))
    print(*(set(sys.modules) - before), sep="\\n")
"""


def printed_by(program: str, *arguments: str) -> set[str]:
    """The lines that a process of its own printed."""
    command = [sys.executable, "-c", program, *arguments]
    return set(
        subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout.splitlines()
    )


def test_a_worker_imports_nothing_that_no_case_has_asked_for() -> None:
    imported = printed_by(NOTHING_BUT_THE_WORKER)

    assert "harness.runner.play" in imported
    assert not imported & OF_NO_USE_YET


def test_mock_and_client_are_imported_before_the_call_begins(tmp_path: Path) -> None:
    imported = printed_by(WHAT_IS_IMPORTED_IN_A_CALL, str(tmp_path))

    ours = ("mock_servers", "providers", "httpx", "websockets")
    assert not {name for name in imported if name.partition(".")[0] in ours}
