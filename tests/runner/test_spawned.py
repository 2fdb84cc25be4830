"""Processes that begin with nothing of the one that starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os
from harness.runner.spawned import SPAWN, end, start

print("imported")
if __name__ == "__main__":
    process = SPAWN.Process(target=os.getpid)
    start(process)
    end(process, waits_s=60)
    print("ended with", process.exitcode)
"""


def test_a_process_does_not_import_the_program_that_starts_it(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")

    done = subprocess.run([sys.executable, program], stdout=subprocess.PIPE, text=True, check=True, timeout=60)

    assert done.stdout.splitlines() == ["imported", "ended with 0"]
