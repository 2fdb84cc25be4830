"""What a pipeline finds where it runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.command_line import environment


@pytest.fixture
def toxiproxy() -> Iterator[str]:
    """The address of a Toxiproxy that somebody else has started, as a service is: deadair's own stands in for it."""
    command = [sys.executable, "-c", "from harness.cli import main; main()", "proxy", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        said = re.search(r"http://(\S+:\d+)", process.stdout.readline())
        assert said is not None
        yield said[1]
        process.terminate()
