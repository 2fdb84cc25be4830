"""What README.md says of pointing the vendors' SDKs at the mocks: its commands are run, and its programs, with the real SDKs.

The SDKs live in environments of their own, which `ci/sdk-matrix` makes; where one is not there, its test is skipped.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command_line import printed

ROOT = Path(__file__).parents[2]
README = (ROOT / "mock_servers" / "README.md").read_text(encoding="utf-8")
SDKS = ROOT / ".cache" / "sdk"
WITHIN_S = 90.0

pytestmark = pytest.mark.sdk


def section(title: str) -> str:
    return re.split(r"^## ", README, flags=re.MULTILINE)[
        [*re.findall(r"^## (.*)", README, re.MULTILINE)].index(title) + 1
    ]


def block(language: str, text: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return found[0]


def newest(sdk: str) -> Path:
    """The Python of the newest environment of this SDK that is there."""
    found = [
        path for path in SDKS.glob(f"{sdk}-*/bin/python") if re.fullmatch(r"[\d.]+", path.parts[-3][len(sdk) + 1 :])
    ]
    if not found:
        pytest.skip(f"{sdk} is not installed: ci/sdk-matrix makes the environments of the SDKs")
    return max(found, key=lambda path: tuple(map(int, path.parts[-3][len(sdk) + 1 :].split("."))))


def a_free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


@contextmanager
def served(command: str, folder: Path) -> Iterator[None]:
    """The command, as a shell runs it, once it tells where it listens; ended as Ctrl-C ends it."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with printed("bash", "-c", f"exec {command}", until="\n", cwd=folder, env=environment, stderr=None) as (
        process,
        said,
    ):
        assert " at " in said
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=WITHIN_S)


@pytest.mark.parametrize(
    ("title", "sdk", "printed"),
    [
        ("OpenAI Realtime", "openai", "session.created\n"),
        ("Gemini Live", "google-genai", "ready True\n"),
        ("Deepgram", "deepgram-sdk", "Metadata\n"),
    ],
)
def test_the_vendors_own_sdk_reaches_the_mock_as_the_page_says(
    title: str, sdk: str, printed: str, tmp_path: Path
) -> None:
    python = newest(sdk)
    shell, program = block("sh", section(title)), block("python", section(title))
    port = re.search(r"--port (\d+)", shell)
    assert port is not None
    free = a_free_port()
    shell, program = (text.replace(port[1], free) for text in (shell, program))
    serve, exports = shell.splitlines()

    with served(serve, tmp_path):
        done = subprocess.run(
            ["bash", "-c", f'{exports}\nexec "{python}" -c "$PROGRAM"'],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PROGRAM": program},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )

    assert done.stdout == printed, done.stderr
