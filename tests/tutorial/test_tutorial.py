"""The tutorial does what it says: whoever follows it word for word, in an empty folder, sees what stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "scenarios" / "TUTORIAL.md"
TEXT = PAGE.read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
CLIENT = "my_app_client.py"

METHOD = re.compile(r"^    async def events\(self\):\n.*?(?=^    async def )", re.DOTALL | re.MULTILINE)
"""What the reader replaces: the method, to the next one."""


def blocks() -> list[tuple[str, str]]:
    """Each block with its language, in the order in which a reader comes to it."""
    return re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def followed(language: str, block: str, folder: Path) -> None:
    """Do what the page asks for, as its reader would."""
    client = folder / CLIENT
    match language:
        case "console":
            command, _, shown = block.partition("\n")
            assert printed(command, folder) == shown
        case "yaml":
            (folder / block.partition("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
        case "python" if block.startswith("import "):
            text = client.read_text(encoding="utf-8")
            client.write_text(text.replace("\nimport ", f"\n{block}import ", 1), encoding="utf-8")
        case "python":
            text, replaced = METHOD.subn(lambda _: block + "\n", client.read_text(encoding="utf-8"))
            assert replaced == 1
            client.write_text(text, encoding="utf-8")
        case "text":
            assert block in client.read_text(encoding="utf-8"), "this is shown as a part of the client, and is none"
        case _:
            pytest.fail(f"nobody follows a block of {language}")


def printed(command: str, folder: Path) -> str:
    words = shlex.split(command.removeprefix("$ "))
    done = subprocess.run(
        [str(BIN / words[0]), *words[1:]],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        # The client changes faster than the clock of a compiled file can tell.
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.stderr == ""
    # What differs from run to run is '…' on the page.
    text = re.sub(r"\.deadair/runs/[^/\s]+", ".deadair/runs/…", done.stdout)
    return re.sub(r"(of calls in )[^,]+", r"\1…", text)


def test_the_tutorial_works_word_for_word(tmp_path: Path) -> None:
    for language, block in blocks():
        followed(language, block, tmp_path)


def test_it_goes_from_red_to_green_twice_and_names_the_rules_that_were_broken() -> None:
    shown = [block for language, block in blocks() if language == "console"]

    assert ["failed" in block for block in shown] == [False, True, False, True, False, False]
    assert re.findall(r"^    (I\d+) ", "".join(shown), re.MULTILINE) == ["I1", "I10"]
    assert re.findall(r"^(\d passed)$", "".join(shown), re.MULTILINE) == ["1 passed", "1 passed", "1 passed"]


def test_every_file_that_it_points_to_is_there() -> None:
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", TEXT)]

    assert targets
    assert [target for target in targets if not (PAGE.parent / target).exists()] == []
