"""`deadair proxy`: the embedded fault proxy on a port, for any Toxiproxy client."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from harness.cli import SETTINGS
from harness.faults import addresses, wire
from harness.faults.embedded import EmbeddedServer, ProxyPlan
from harness.faults.http_api import serve_http
from harness.faults.proxy import ProxyError

__all__ = ["proxy"]

EXIT_WRONG_CALL = 2


@click.command(context_settings=SETTINGS)
@click.option("--host", default=addresses.LOOPBACK, show_default=True, help="A loopback address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8474, show_default=True, help="The port of the API; 0 is any free."
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Proxies to make at the start: JSON, a list as for Toxiproxy's /populate.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of jitter, toxicity and cuts.")
def proxy(host: str, port: int, config: Path | None, seed: int) -> None:
    """Serve the embedded fault proxy with Toxiproxy's HTTP API.

    Any Toxiproxy client can drive it. It listens on this machine only, and so do its proxies. It ends with Ctrl-C.
    """
    plans = _plans(config)
    try:
        asyncio.run(_serve(host, port, plans, seed))
    except ProxyError as error:
        click.echo(f"Error: {error}", err=True)
        raise click.exceptions.Exit(EXIT_WRONG_CALL) from None


def _plans(config: Path | None) -> tuple[ProxyPlan, ...]:
    if config is None:
        return ()
    try:
        return wire.plans(config.read_bytes()) or ()
    except ProxyError as error:
        raise click.BadParameter(f"{config}: {error}", param_hint="'--config'") from None


async def _serve(host: str, port: int, plans: tuple[ProxyPlan, ...], seed: int) -> None:
    # Before anything is opened or printed: whoever has read the address may end us at once.
    asked_to_end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_end.set)
    server = EmbeddedServer(seed=seed)
    face = await serve_http(server, host=host, port=port)
    try:
        for made in await server.populate(plans):
            click.echo(f"{made.name}: {made.listen_text} -> {made.upstream_text}")
        click.echo(f"The fault proxy listens on http://{addresses.text(face.address)} (as Toxiproxy {server.version}).")
        await asked_to_end.wait()
    finally:
        await face.aclose()
        await server.aclose()
