"""`deadair replay`: serve what the server did in a kept run, with its timing, to any client."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace as replaced
from pathlib import Path

import click

from harness.cli import EXIT_OURS, SETTINGS
from harness.cli.again import new_folder, play_all, prepared
from harness.cli.kept_runs import one_run
from harness.cli.session import Clock
from harness.expectations.words import count
from harness.replay import audible, difference, script_of
from harness.reports import Terminal
from harness.reports.difference import difference_lines
from harness.reports.lines import Line, Span
from harness.runs import open_run, split_name
from harness.trace import Trace, load

__all__ = ["replay"]


@click.command(context_settings=SETTINGS)
@click.argument("run")
@click.argument("command", nargs=-1)
@click.option(
    "--client",
    metavar="NAME",
    help="The client: a name from pyproject.toml, a known client, or python:module:factory.  [default: the one of then]",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    help="The clock to play on.  [default: the one of then, if it can]",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for what comes of it, as in 'deadair run'.",
)
def replay(run: str, command: tuple[str, ...], client: str | None, clock: Clock | None, out: Path | None) -> None:
    """Serve what the server's side did in RUN::case to a client, and say what the client does otherwise than then.

    Connection n of the client gets what connection n got: the same refusals, messages, closes, resets and silences, each
    as long after the client's message that it followed as then. A message that never comes is waited for 5 s longer than
    then. Connections beyond those of the recording are refused, and counted (replay.beyond). COMMAND, after --, is a client
    that is a program.

    \b
    deadair replay 'from-ci.zip::a polite goodbye' --client my-fixed-client
    deadair replay 'latest::a short cut' -- node my_client.js

    The run is judged by the scenario's expectations and the rules, as any other. Exits as 'deadair run' does.
    """
    if client is not None and command:
        raise click.UsageError("A client is named with --client, or is the command behind '--': not both.")
    kept = one_run(run)
    then = kept.trace()
    script = script_of(then)
    terminal = Terminal(sys.stdout, environ=os.environ)
    folder = new_folder(out)
    chosen = client or open_run(split_name(run)[0]).about.client
    plays = prepared([kept], folder, client=client or command or None, clock=clock)
    plays = [replaced(play, task=replaced(play.task, script=script)) for play in plays]
    terminal.line(
        (Span(f"the server of then, connection by connection: {count(len(script.connections), 'connection')}"),)
    )
    try:
        report = play_all(plays, terminal, folder, proxy="embedded", client=chosen, selection=("replay", run))
    except KeyboardInterrupt:
        raise SystemExit(EXIT_OURS) from None
    terminal.summed_up(report)
    terminal.line(())
    for play in plays:
        if play.task.trace_path.is_file():
            for line in _told(then, load(play.task.trace_path)):
                terminal.line(line)
    terminal.line((Span(f"traces and results: {folder}"),))
    raise SystemExit(report.exit_code)


def _told(then: Trace, now: Trace) -> Iterator[Line]:
    """What this client does otherwise."""
    beyond = [event for event in now.events if event.kind == "replay.beyond"]
    if beyond:
        asked = count(len(beyond), "connection")
        yield (
            Span(f"{asked} beyond the {beyond[0].fields.get('recorded')} of the recording: refused with 503", "doubt"),
        )
    yield from difference_lines(difference(audible(then), audible(now)), left="then", right="now")
