"""`deadair show`: scenarios as they are played, spelled out case by case."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.syntax import Syntax

from harness.cli import SETTINGS
from harness.scenario import expand, project_root
from harness.scenario.spelled import spelled_out

__all__ = ["show"]


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-k", "text", metavar="TEXT", default="", help="Only cases that have this in their names.")
def show(paths: tuple[Path, ...], text: str) -> None:
    """Show scenarios as they are played: one for each case, with defaults, includes and matrix put in.

    What is shown is a scenario file itself, and can be played as it is.
    """
    drafts = [draft for draft in expand(paths, root=project_root(Path.cwd())) if text.lower() in draft.name.lower()]
    if not drafts:
        raise click.UsageError(f"No case has '{text}' in its name.")
    written = spelled_out(drafts)
    console = Console()
    if console.is_terminal:
        console.print(Syntax(written, "yaml", background_color="default", word_wrap=True))
    else:
        click.echo(written, nl=False)
