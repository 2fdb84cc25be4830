"""The command that plays a run again, fit to be pasted into a shell whatever the case is called."""

from __future__ import annotations

import shlex

from harness.reports.lines import printable, shortened

__all__ = ["rerun_command", "shell_word"]

NAME_CHARACTERS_MAX = 2_000
"""Beyond this nobody pastes a name: the beginning of it is looked for instead."""

BEGINNING_CHARACTERS = 200


def rerun_command(case_id: str, *, seed: int | None = None, clock: str = "", client: str = "") -> str:
    """`deadair run …`; what is not known is left to what the scenario says."""
    seeded = f" --seed {seed}" if seed is not None else ""
    on_clock = f" --clock {clock}" if clock else ""
    with_client = f" --client {shell_word(shortened(client, NAME_CHARACTERS_MAX))}" if client else ""
    return f"deadair run {_meant(case_id)}{with_client}{seeded}{on_clock}"


def shell_word(text: str) -> str:
    """The text as one word of a POSIX shell; one with characters that are not to be printed in the quotes of bash, zsh
    and ksh, which know them by their numbers."""
    if text.isprintable():
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{printable(escaped)}'"


def _meant(case_id: str) -> str:
    if len(case_id) <= NAME_CHARACTERS_MAX:
        return shell_word(case_id)
    file, _, name = case_id.partition("::")
    return f"{shell_word(file[:NAME_CHARACTERS_MAX])} -k {shell_word(name[:BEGINNING_CHARACTERS])}"
