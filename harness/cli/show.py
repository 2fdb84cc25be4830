"""`deadair show`: scenarios as they are played, spelled out case by case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.syntax import Syntax

from harness.cli import SETTINGS
from harness.cli.tested import told_clients
from harness.errors import DeadairError
from harness.scenario import expand, load, project_root
from harness.scenario.spelled import spelled_out

__all__ = ["show"]


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-k", "text", metavar="TEXT", default="", help="Only cases that have this in their names.")
def show(paths: tuple[Path, ...], text: str) -> None:
    """Show scenarios as they are played: one for each case, with defaults, includes and matrix put in.

    What is shown is a scenario file itself, and can be played as it is. How a client is reached that is not deadair's own
    stands above it.
    """
    root = project_root(Path.cwd())
    drafts = [draft for draft in expand(paths, root=root) if text.lower() in draft.name.lower()]
    if not drafts:
        raise click.UsageError(f"No case has '{text}' in its name.")
    written = "".join(f"# client {line}\n" for line in _clients(paths, root, text)) + spelled_out(drafts)
    console = Console()
    if console.is_terminal:
        console.print(Syntax(written, "yaml", background_color="default", word_wrap=True))
    else:
        click.echo(written, nl=False)


def _clients(paths: tuple[Path, ...], root: Path, text: str) -> Iterator[str]:
    """How the clients are reached; what is wrong with one is told in its place."""
    cases = [case for case in load(paths, root=root).cases if text.lower() in case.id.partition("::")[2].lower()]
    for case in {case.client: case for case in cases}.values():
        try:
            yield from told_clients((case,))
        except DeadairError as error:
            yield f"{case.client}: {str(error).splitlines()[0]}"
