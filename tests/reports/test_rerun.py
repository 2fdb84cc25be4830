from __future__ import annotations

import shlex
import subprocess

from harness.reports.rerun import rerun_command, shell_word

NAMES = (
    "calls.yaml::a call[wait=5s]",
    'it\'s $HOME `id` "quoted" \\ and\\n',
    "red \x1b[31m, a bell \x07, two\nlines, 'quoted' \\ too",
    "turned \u202e round, \ufffe no character, \U000e0041 a tag",
)


def test_a_shell_reads_the_name_that_was_meant() -> None:
    words = " ".join(shell_word(name) for name in NAMES)
    read = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {words}"],
        capture_output=True,
        check=True,
        timeout=20,
        env={"LC_ALL": "C.UTF-8"},
    )

    assert read.stdout.decode().split("\0")[:-1] == list(NAMES)


def test_a_command_can_be_printed_whatever_the_case_is_called() -> None:
    assert all(rerun_command(name, client=name).isprintable() for name in NAMES)


def test_what_is_not_known_is_left_out() -> None:
    assert rerun_command("a.yaml::b") == "deadair run a.yaml::b"
    assert rerun_command("a.yaml::b", seed=7, clock="real", client="mine") == (
        "deadair run a.yaml::b --client mine --seed 7 --clock real"
    )


def test_a_name_that_nobody_could_paste_is_looked_for_by_its_beginning() -> None:
    command = rerun_command(f"a.yaml::{'x' * 10_000_000}", seed=7)

    assert shlex.split(command) == ["deadair", "run", "a.yaml", "-k", "x" * 200, "--seed", "7"]
