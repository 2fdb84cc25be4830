"""`--format NAME[=FILE]`: the forms in which results are asked for, and where each of them goes."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from harness.errors import DeadairError
from harness.reports import FORMATS, Report
from harness.reports.lines import printable
from harness.reports.markdown import as_markdown

__all__ = ["Form", "add_job_summary", "format_option", "takes_standard_output", "tell"]

JOB_SUMMARY_BYTES_MAX = 200_000
STEP_BYTES_MAX = 1024 * 1024
"""Of all that a step of GitHub Actions writes into its summary; what is more is refused as a whole."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was asked for; without `file` it goes to standard output."""

    name: str
    file: Path | None = None


WORDS = Form("terminal")
"""What is told anyhow, by a command that tells results as they come."""


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the option, and it a parameter `forms: tuple[Form, ...]`."""
    return click.option(
        "--format",
        "forms",
        metavar="NAME[=FILE]",
        multiple=True,
        callback=_forms,
        help=f"Tell the results as {', '.join(FORMATS)}: on standard output, or in a file; may be given several times.",
    )(command)


def takes_standard_output(forms: Iterable[Form]) -> bool:
    """Whether standard output is for a machine, so that words for people are to go elsewhere."""
    return any(form.file is None and form.name != "terminal" for form in forms)


def tell(report: Report, forms: Sequence[Form]) -> None:
    """Write each form. Those that can be written are, even where another cannot.

    Raises:
        DeadairError: If one could not be written; it names all of them.
    """
    wrong = []
    for form in forms:
        # Not what this locale would make of it: each form says itself, or has it in its standard, that it is UTF-8.
        told = FORMATS[form.name](report).encode("utf-8", errors="backslashreplace")
        try:
            if form.file is None:
                click.echo(told, nl=False)
            else:
                form.file.write_bytes(told)
        except BrokenPipeError:
            raise
        except OSError as error:
            wrong.append(f"{form.file or 'standard output'}: the results cannot be written: {error.strerror}")
    if wrong:
        raise DeadairError("\n".join(wrong))


def add_job_summary(report: Report, environ: Mapping[str, str]) -> None:
    """On GitHub, add the report to the summary of the job (`GITHUB_STEP_SUMMARY`); anywhere else, nothing.

    Raises:
        DeadairError: If it cannot be written.
    """
    place = environ.get("GITHUB_STEP_SUMMARY")
    if environ.get("GITHUB_ACTIONS") != "true" or not place:
        return
    try:
        with open(place, "ab") as summary:
            room = min(JOB_SUMMARY_BYTES_MAX, STEP_BYTES_MAX - os.fstat(summary.fileno()).st_size)
            told = as_markdown(report, bytes_max=room).encode("utf-8", errors="backslashreplace")
            if len(told) <= room:
                summary.write(told)
    except OSError as error:
        raise DeadairError(f"{place}: the summary of the job cannot be written: {error.strerror}") from error


def _forms(context: click.Context, option: click.Parameter, asked: tuple[str, ...]) -> tuple[Form, ...]:
    forms = tuple(_form(context, option, one) for one in asked)
    on_output = [form.name for form in forms if form.file is None]
    if len(on_output) > 1:
        names = " and ".join(f"'{name}'" for name in on_output)
        raise click.BadParameter(
            f"standard output is for one form, and {names} want it: write '{on_output[1]}=FILE'.", context, option
        )
    files = [form.file.resolve() for form in forms if form.file is not None]
    if twice := next((file for file in files if files.count(file) > 1), None):
        raise click.BadParameter(f"'{twice.name}' is named twice: each form needs a file of its own.", context, option)
    return forms


def _form(context: click.Context, option: click.Parameter, asked: str) -> Form:
    name, equals, file = asked.partition("=")
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(FORMATS)}."
        raise click.BadParameter(f"there is no form '{printable(name[:80])}'. {hint}", context, option)
    if not equals:
        return Form(name)
    if not file:
        raise click.BadParameter(f"'{asked}' names no file: write '{name}=FILE', or '{name}' alone.", context, option)
    path = Path(file)
    try:
        # Before minutes are played, and not after.
        path.resolve()
        if path.is_dir():
            raise click.BadParameter(f"'{file[:200]}' is a folder: name a file in it.", context, option)
        if not path.parent.is_dir():
            raise click.BadParameter(
                f"'{file[:200]}' is in a folder that is not there: make it first.", context, option
            )
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"'{file[:200]}' cannot be the name of a file: {error}", context, option) from None
    return Form(name, path)
