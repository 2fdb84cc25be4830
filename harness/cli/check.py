"""`deadair check`: mistakes in scenario files, without playing them."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from harness.cli import EXIT_WRONG_CALL, SETTINGS
from harness.scenario import Case, Mistake, load, project_root

__all__ = ["check"]


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Look for mistakes in scenario files, and in those of folders, without playing them.

    Every mistake of every file is told at once, as path:line:column. Exits with 2 if there is one.
    """
    loaded = load(paths, root=project_root(Path.cwd()))
    if loaded.errors:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        for mistake in loaded.errors:
            console.print(_shown(mistake), end="\n\n")
        console.print(_told(loaded.errors))
        raise SystemExit(EXIT_WRONG_CALL)
    click.echo(_counted(loaded.cases))


def _shown(mistake: Mistake) -> Text:
    """As it reads everywhere; on a terminal the place and the caret stand out."""
    text = Text(mistake.render())
    text.highlight_regex(r"\A\S+:\d+:\d+(?=: )", "bold")
    text.highlight_regex(r"(?m)^ +\| +\^+.*$", "red")
    return text


def _told(mistakes: tuple[Mistake, ...]) -> str:
    files = len({mistake.place.path for mistake in mistakes})
    return f"{_many(len(mistakes), 'mistake')} in {_many(files, 'file')}"


def _counted(cases: tuple[Case, ...]) -> str:
    files = dict.fromkeys(case.id.partition("::")[0] for case in cases)
    scenarios = dict.fromkeys((case.id.partition("::")[0], case.scenario) for case in cases)
    return f"no mistakes: {_many(len(cases), 'case')} of {_many(len(scenarios), 'scenario')} in {_many(len(files), 'file')}"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
