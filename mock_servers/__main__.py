"""`python -m mock_servers openai-realtime --port 8765`: a mock server from the command line."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import click

from mock_servers.serve import VENDORS, serve

__all__ = ["main"]

UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0}


def _seconds(context: click.Context, option: click.Parameter, duration: str) -> float:
    """`300ms`, `2s`, `1m`: a number with its unit."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)", duration)
    if found is None:
        raise click.BadParameter(f"{duration!r} is no duration: write '300ms' or '2s'", context, option)
    return float(found[1]) * UNITS_S[found[2]]


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
def main(vendor: str, port: int, control_port: int, ca_file: Path | None, seed: int, reply_after_s: float) -> None:
    """Serve a mock of VENDOR on this machine until Ctrl-C."""
    try:
        asyncio.run(
            _until_stopped(
                vendor, port=port, control_port=control_port, ca_file=ca_file, seed=seed, reply_after_s=reply_after_s
            )
        )
    except OSError as error:
        raise click.ClickException(f"could not serve {vendor}: {error}") from error


async def _until_stopped(
    vendor: str, *, port: int, control_port: int, ca_file: Path | None, seed: int, reply_after_s: float
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serve(
        vendor, port=port, control_port=control_port, ca_file=ca_file, seed=seed, reply_after_s=reply_after_s
    ) as addresses:
        click.echo(f"{vendor} at {addresses.url}")
        click.echo(f"control at {addresses.control_url}")
        if addresses.ca_file is not None:
            click.echo(f"trust {addresses.ca_file}")
        await stop.wait()


if __name__ == "__main__":
    main()
