"""`deadair diff`: what is different between two runs."""

from __future__ import annotations

import json
import os
import sys

import click

from harness.cli import SETTINGS
from harness.cli.kept_runs import one_trace
from harness.replay import difference
from harness.reports import Terminal
from harness.reports.difference import as_json, difference_lines

__all__ = ["diff"]


@click.command(context_settings=SETTINGS)
@click.argument("left")
@click.argument("right")
@click.option("--json", "in_json", is_flag=True, help="Tell all of it as JSON.")
def diff(left: str, right: str, in_json: bool) -> None:
    """Say what is different between two runs: where they first parted, what waited longer, what was said differently.

    LEFT and RIGHT are RUN::case, or trace files. Each party's events are compared in their own order: the proxy's, the
    server's, the client's. On the virtual clock every microsecond counts; on the real one times are told and not judged.
    Exits with 0 if the same happened, and with 1 if not.

    \b
    deadair diff 'monday.zip::a short cut' 'latest::a short cut'
    """
    found = difference(one_trace(left), one_trace(right))
    if in_json:
        click.echo(json.dumps(as_json(found), indent=2))
    else:
        terminal = Terminal(sys.stdout, environ=os.environ)
        for line in difference_lines(found, left=left, right=right):
            terminal.line(line)
    raise SystemExit(0 if found.is_same else 1)
