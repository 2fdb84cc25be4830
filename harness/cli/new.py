"""`deadair new`: the files with which the test of one's own client begins."""

from __future__ import annotations

import keyword
import re
import shlex
import sys
from pathlib import Path

import click

from harness.cli import EXIT_OURS, SETTINGS
from harness.cli.beginning import Beginning, File, default_factory, files_of, write
from harness.scenario import project_root
from harness.scenario.catalogue import PROVIDERS

__all__ = ["new"]

NAME = "my-client"
NAME_SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
SDK_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TAKEN = ("Client", "ClientEvent", "Traits", "translated", "base64", "json", "ssl", "websockets")
"""Names that the adapter uses itself."""


# ── what is said must make sense ─────────────────────────────────────────────


def _name(text: str) -> str:
    if not NAME_SHAPE.fullmatch(text):
        raise click.UsageError(
            f"{text!r} is no name for a client: letters, digits, '-' and '_', beginning with a letter, 64 at most. "
            "It names files, too."
        )
    return text


def _python(text: str) -> str:
    module, _, factory = text.partition(":")
    parts = (*module.split("."), factory)
    if not all(part.isascii() and part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        raise click.UsageError(f"{text!r} names no factory: write it like my_app.calls:make_client")
    if factory in TAKEN:
        raise click.UsageError(f"a factory cannot be called '{factory}': the adapter has that. 'make' is free.")
    return text


def _command(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise click.UsageError(f"{text!r} is no command: {error}") from None
    if not words or not all(words) or not text.isprintable():
        raise click.UsageError(f"{text!r} is no command: write it like 'node app.js'")
    return words


def _sdk(text: str) -> str:
    if text and not SDK_SHAPE.fullmatch(text):
        raise click.UsageError(f"{text!r} is no name of a package")
    return text


@click.command(context_settings=SETTINGS)
@click.option("--provider", type=click.Choice(PROVIDERS), help="Whom the client calls.")
@click.option("--name", metavar="NAME", help=f"What it is to be called.  [default: {NAME}]")
@click.option("--python", metavar="MODULE:FACTORY", help="A factory in Python; a module that is not there is written.")
@click.option("--command", metavar="COMMAND", help="A program in any language, as one would type it.")
@click.option("--silent", is_flag=True, help="The command tells nothing: it is judged by its connections alone.")
@click.option("--sdk", metavar="PACKAGE", help="The library that is behind it, for reports.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the defaults.")
@click.option("--force", is_flag=True, help="Replace files, and an entry, of the same name.")
def new(
    provider: str | None,
    name: str | None,
    python: str | None,
    command: str | None,
    silent: bool,
    sdk: str | None,
    yes: bool,
    force: bool,
) -> None:
    """Begin to test a client of your own.

    Writes an adapter, a first scenario, and the client's entry in pyproject.toml. On a terminal it asks for what the options do
    not say.

    \b
    deadair new
    deadair new --provider deepgram --python my_app.calls:make --name my-app --yes
    deadair new --provider openai-realtime --command 'node app.js' --yes
    """
    if python is not None and command is not None:
        raise click.UsageError("Give either --python or --command: a client is reached in one way.")
    if silent and command is None:
        raise click.UsageError("--silent is about a --command: a factory always tells its events.")
    if sdk is not None and command is not None:
        raise click.UsageError("--sdk goes into an adapter, and a --command has none: it can say its own name.")
    asks = sys.stdin.isatty() and not yes
    if provider is None and not asks:
        raise click.UsageError(f"There is nobody to ask: say --provider, one of {', '.join(PROVIDERS)}.")
    try:
        beginning = _beginning(provider, name, python, command, silent, sdk, asks=asks)
    except (click.Abort, KeyboardInterrupt, EOFError):
        click.echo("\nStopped: nothing was written.", err=True)
        raise SystemExit(EXIT_OURS) from None
    folder = Path.cwd().resolve()
    files = files_of(beginning, folder=folder, project=project_root(folder), force=force)
    write(files, force=force)
    _tell(beginning, files, folder)


def _beginning(
    provider: str | None,
    name: str | None,
    python: str | None,
    command: str | None,
    silent: bool,
    sdk: str | None,
    *,
    asks: bool,
) -> Beginning:
    """What the options say; the rest is asked for, or what is usual."""
    name = _name(name) if name is not None else None
    if asks and provider is None:
        provider = click.prompt("Provider", type=click.Choice(PROVIDERS))
    if asks and name is None:
        name = click.prompt("A name for your client", default=NAME, value_proc=_name)
    name = name or NAME
    if asks and python is None and command is None:
        click.echo(
            "python: a class in deadair's process. command: a program that tells its events. wire: one that tells none."
        )
        way = click.prompt("How it is reached", type=click.Choice(("python", "command", "wire")), default="python")
        silent = way == "wire"
        if way == "python":
            python = click.prompt("Its factory", default=default_factory(name), value_proc=_python)
        else:
            command = shlex.join(click.prompt("Its command, like 'node app.js'", value_proc=_command))
    if asks and sdk is None and command is None:
        sdk = click.prompt("The library behind it, if any", default="", show_default=False, value_proc=_sdk)
    return Beginning(
        name=name,
        provider=provider or PROVIDERS[0],
        python="" if command is not None else _python(python or default_factory(name)),
        command=_command(command) if command is not None else (),
        silent=silent,
        sdk=_sdk(sdk or ""),
    )


def _tell(beginning: Beginning, files: tuple[File, ...], folder: Path) -> None:
    names = [_from(file.path, folder) for file in files]
    for name, file in zip(names, files, strict=True):
        click.echo(f"wrote {name:{max(map(len, names))}}  {file.what}")
    if beginning.python and files[0].path.suffix != ".py":
        click.echo(f"python:{beginning.python} is your own, and left as it is.")
    clock = " --clock virtual" if beginning.python else ""
    runs = {
        f"deadair run {beginning.name}.yaml{clock}": "the first scenario",
        f"deadair run --client {beginning.name}{clock}": "all that deadair has for this provider",
    }
    click.echo("\nNext:")
    for run, what in runs.items():
        click.echo(f"  {run:{max(map(len, runs))}}  {what}")


def _from(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
