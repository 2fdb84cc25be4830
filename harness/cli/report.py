"""`deadair report`: tell what a run folder keeps, in any form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from harness.cli import SETTINGS
from harness.cli.formats import WORDS, Form, format_option, tell
from harness.reports import report_of
from harness.runs import open_run, split_name

__all__ = ["report"]


@click.command(context_settings=SETTINGS)
@click.argument("run", default="latest")
@format_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file for the form that has none of its own.  [default: standard output]",
)
def report(run: str, forms: tuple[Form, ...], out: Path | None) -> None:
    """Tell what RUN came to: a run folder, an archive of one, the name of one below .deadair/runs, or 'latest'.

    Its traces are judged with today's rules; nothing is played. RUN::case tells of one case. Exits with 0 whatever came
    of it: 'deadair judge' is there to ask for that.

    \b
    deadair report
    deadair report run.zip --format html --out report.html
    deadair report 'latest::gives up only after 1+2+4+8+16[provider=deepgram]' --format json
    """
    name, case = split_name(run)
    opened = open_run(name)
    asked = forms or (WORDS,)
    tell(report_of(opened, opened.find(case)), [replace(form, file=form.file or out) for form in asked])
