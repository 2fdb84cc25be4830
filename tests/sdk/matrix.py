"""The matrix: every SDK in every version does all it can against the mocks. `ci/sdk-matrix` is its front door."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from harness.clients.installing import NotInstallable
from tests.sdk.environments import PLACE, ROWS, Row, made
from tests.sdk.rows import Told, Wish, play_row, repeat
from tests.sdk.stages import VENDORS
from tests.sdk.table import matrix
from tests.sdk.witness import TRANSPORTS, Transport

__all__ = ["main"]

FAILED, NOTHING_RUN = 1, 2

PIPE_COLUMNS = 200
"""A pipe has no width, and a log wraps by itself."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--only", "vendors", multiple=True, type=click.Choice(tuple(VENDORS)), help="The SDKs of this vendor.")
@click.option("--row", "names", multiple=True, help="Rows of this name, or whose name begins so; see --list.")
@click.option("--capability", "capabilities", multiple=True, help="Capabilities of this name, or beginning so.")
@click.option("--transport", "transports", multiple=True, type=click.Choice(TRANSPORTS), help="All by default.")
@click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Rows side by side.  [default: cores]"
)
@click.option("--beside", type=click.IntRange(1), default=10, show_default=True, help="Capabilities at once in a row.")
@click.option("--latest", is_flag=True, help="Take what is newest on the registries now, instead of the pins.")
@click.option("--no-count", is_flag=True, help="Do not count message kinds.")
@click.option("--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True)
@click.option("--list", "listing", is_flag=True, help="Print the names of the rows, and end.")
@click.option("--make", "making", is_flag=True, help="Make the environments, and end.")
@click.option(
    "--place",
    type=click.Path(file_okay=False, path_type=Path),
    default=PLACE,
    help="Where the environments are.  [default: .cache/sdk]",
)
def main(
    vendors: tuple[str, ...],
    names: tuple[str, ...],
    capabilities: tuple[str, ...],
    transports: tuple[Transport, ...],
    jobs: int,
    beside: int,
    latest: bool,
    no_count: bool,
    form: str,
    listing: bool,
    making: bool,
    place: Path,
) -> None:
    """Let the vendors' own SDKs hold conversations with the mocks, and say what they could.

    Each SDK and version has an environment of its own below .cache/sdk, made on first use. On the real clock it talks
    to a mock beside it, over ws and wss; on the virtual clock, at the vendor's production address. Then it is counted
    how many of the SDK's message kinds the mock has, and every message that the mock sends is validated by the SDK.

    \b
    ci/sdk-matrix                                    everything
    ci/sdk-matrix --only gemini --transport virtual  one vendor's SDKs, on the virtual clock
    ci/sdk-matrix --row openai-3 --capability barge  one row, the capabilities that begin so
    ci/sdk-matrix --latest                           what is newest today, before its users meet it

    Exits with 1 if something is red, with 2 if nothing could be run.
    """
    rows = [row for row in ROWS if (not vendors or row.vendor in vendors) and (not names or row.name.startswith(names))]
    if not rows:
        raise click.UsageError(f"there is no such row; there are {', '.join(row.name for row in ROWS)}")
    if listing:
        for row in rows:
            click.echo(row.name)
        return
    make = partial(made, latest=latest, place=place)
    if making:
        for row in rows:
            try:
                click.echo(f"{row.name}: {make(row).folder}")
            except NotInstallable as error:
                click.echo(f"{row.name}: not made: {error}")
        return
    wish = Wish(only=capabilities, transports=transports, beside=beside, count=not no_count and not capabilities)
    told = _played(rows, partial(play_row, wish=wish, make=make), jobs)
    if form == "json":
        click.echo(json.dumps({"rows": [_written(each) for each in told]}, indent=1))
    else:
        matrix(told, _console())
    sys.exit(_exit_code(told))


def _played(rows: list[Row], play: Any, jobs: int) -> list[Told]:
    """What came of the rows, in their order; who has ended is told to whoever watches."""
    with ThreadPoolExecutor(jobs) as pool:
        playing = [pool.submit(play, row) for row in rows]
        for ended in as_completed(playing):
            told: Told = ended.result()
            state = "not run" if told.not_run else "green" if told.is_green else "red"
            click.echo(f"{told.row.name}: {state}, {told.took_s:g} s", err=True)
        return [each.result() for each in playing]


def _exit_code(told: Iterable[Told]) -> int:
    if any(not each.is_green for each in told):
        return FAILED
    return 0 if any(each.outcomes for each in told) else NOTHING_RUN


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPE_COLUMNS)


def _written(told: Told) -> dict[str, Any]:
    outcomes = [
        json.loads(each.line()) | ({"repeat": repeat(told, each)} if each.result == "red" else {})
        for each in told.outcomes
    ]
    return {
        "sdk": told.row.package,
        "runtime": told.row.runtime,
        "version": told.version,
        "green": told.is_green and not told.not_run,
        "not_run": told.not_run,
        "broken": told.broken,
        "green_only_alone": [json.loads(each.line()) for each in told.only_alone],
        "took_s": told.took_s,
        "outcomes": outcomes,
        "count": None if told.count is None else dataclasses.asdict(told.count),
    }


if __name__ == "__main__":
    main()
