"""`python -m mock_servers openai-realtime --port 8765`: a mock server from the command line."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

import click

from mock_servers.base.settings import BadSetting, listed, written_settings
from mock_servers.serve import VENDORS, serve, settings_of

__all__ = ["main"]

UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0}


def _seconds(context: click.Context, option: click.Parameter, duration: str) -> float:
    """`300ms`, `2s`, `1m`: a number with its unit."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)", duration)
    if found is None:
        raise click.BadParameter(f"{duration!r} is no duration: write '300ms' or '2s'", context, option)
    return float(found[1]) * UNITS_S[found[2]]


def _read_settings(context: click.Context, option: click.Parameter, written: tuple[str, ...]) -> dict[str, str]:
    try:
        return written_settings(written)
    except BadSetting as wrong:
        raise click.BadParameter(str(wrong), context, option) from None


@click.command()
@click.argument("vendor", type=click.Choice(tuple(VENDORS)))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port of the mock; 0 takes a free one.")
@click.option("--control-port", type=click.IntRange(0, 65535), default=0, help="Where troubles are ordered over HTTP.")
@click.option(
    "--tls",
    "ca_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Speak TLS, and write the certificate authority to trust to this file.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same words.")
@click.option(
    "--reply-after",
    "reply_after_s",
    callback=_seconds,
    default="300ms",
    show_default=True,
    help="From the end of the caller's turn to the answer.",
)
@click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_read_settings,
    help="A setting of this mock; may be given several times.",
)
@click.option("--list-settings", is_flag=True, help="Print what can be set, and end.")
def main(vendor: str, list_settings: bool, **how: Any) -> None:
    """Serve a mock of VENDOR on this machine until Ctrl-C."""
    if list_settings:
        for line in listed(settings_of(vendor)):
            click.echo(line)
        return
    try:
        asyncio.run(_until_stopped(vendor, **how))
    except BadSetting as wrong:
        raise click.UsageError(str(wrong)) from wrong
    except OSError as error:
        raise click.ClickException(f"could not serve {vendor}: {error}") from error


async def _until_stopped(vendor: str, **how: Any) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serve(vendor, **how) as addresses:
        click.echo(f"{vendor} at {addresses.url}")
        click.echo(f"control at {addresses.control_url}")
        if addresses.ca_file is not None:
            click.echo(f"trust {addresses.ca_file}")
        await stop.wait()


if __name__ == "__main__":
    main()
