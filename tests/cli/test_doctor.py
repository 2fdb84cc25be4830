"""`deadair doctor`: what is found on this machine, and how to get what is not."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path

from tests.support.command_line import deadair


def said(folder: Path, **more: str) -> str:
    ran = deadair("doctor", folder=folder, more=more)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_what_is_there_is_told_with_its_version(tmp_path: Path) -> None:
    told = said(tmp_path)

    assert re.search(rf"^ok +Python +{re.escape(platform.python_version())}$", told, re.MULTILINE)
    assert re.search(r"^ok +websockets +\d+\.\d+", told, re.MULTILINE)
    assert re.search(r"^ok +loopback +127\.0\.0\.1 takes connections$", told, re.MULTILINE)


def test_a_missing_toxiproxy_is_no_error_and_comes_with_a_way_to_get_it(tmp_path: Path) -> None:
    told = said(tmp_path, DEADAIR_TOXIPROXY="", PATH="/nowhere")

    assert re.search(r"^absent +Toxiproxy +go install github\.com/Shopify/toxiproxy", told, re.MULTILINE)


def test_a_toxiproxy_that_is_there_is_told_with_its_place(tmp_path: Path) -> None:
    # Any program will do: doctor looks where it is, and does not run it.
    told = said(tmp_path, DEADAIR_TOXIPROXY=sys.executable)

    assert re.search(rf"^ok +Toxiproxy +{re.escape(sys.executable)}$", told, re.MULTILINE)


def test_a_toxiproxy_that_is_named_and_not_there_is_an_error_with_what_to_write(tmp_path: Path) -> None:
    ran = deadair("doctor", folder=tmp_path, more={"DEADAIR_TOXIPROXY": "/nowhere/toxiproxy"})

    assert ran.returncode == 2
    assert "no Toxiproxy at '/nowhere/toxiproxy'" in ran.stderr
    assert "Traceback" not in ran.stderr
