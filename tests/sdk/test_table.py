"""The matrix as people read it, in a terminal or a log."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.sdk.count import Count, Share
from tests.sdk.environments import ROOT, Row
from tests.sdk.outcomes import Outcome
from tests.sdk.rows import Told
from tests.sdk.table import matrix

PYTHON = ROOT / ".cache" / "sdk" / "an-sdk-2.0" / "bin" / "python"


def outcome(capability: str, transport: str, result: str = "green", *, api: str = "async", why: str = "") -> Outcome:
    return Outcome(capability=capability, api=api, transport=transport, result=result, why=why)  # type: ignore[arg-type]


def count(*missing: str) -> Count:
    share = Share(name="server", known=46, missing=missing, excused=("dtmf",))
    return Count(shares=(share,), messages_validated=312, invalid=(), without_reason={"dtmf": "calls by phone alone"})


def told(version: str, *outcomes: Outcome, python: Path = PYTHON, **rest: object) -> Told:
    row = Row(vendor="openai", package="an-sdk", version=version, settings={"beta": "served"})
    return Told(row=row, version=version, python=python, outcomes=outcomes, took_s=1.5, **rest)  # type: ignore[arg-type]


ROWS = (
    told(
        "2.0",
        outcome("connect and close", "ws"),
        outcome("connect and close", "wss"),
        outcome("connect and close", "virtual"),
        outcome("connect and close", "ws", api="sync"),
        outcome("connect and close", "wss", "red", api="sync", why="TimeoutError: nothing came"),
        outcome("barge-in", "ws", "red", why="AssertionError: it spoke on (openai_python.py:7: assert silent)"),
        outcome("barge-in", "wss", "red", why="AssertionError: it spoke on (openai_python.py:7: assert silent)"),
        outcome("barge-in", "virtual"),
        count=count("response.pause"),
    ),
    told(
        "1.0",
        outcome("connect and close", "ws"),
        outcome("barge-in", "ws", "not applicable", why="only in >=2"),
        count=count(),
    ),
    told("0.9", not_run="uv: tcp connect error"),
    told("0.8", broken=("the witness ended with 1\nImportError: moved",)),
)


def printed(*rows: Told) -> str:
    file = io.StringIO()
    matrix(rows, Console(file=file, width=200, highlight=False))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def test_the_matrix_says_what_each_sdk_can_and_how_to_see_what_it_cannot(golden: Callable[[str, str], None]):
    golden("sdk/matrix.txt", printed(*ROWS))


def test_a_log_has_no_colours():
    assert "\x1b" not in printed(*ROWS)
