"""`deadair serve`: a mock server of one provider on a port, for any client."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click

from harness.cli import SETTINGS
from harness.errors import DeadairError
from harness.runner.registry import (
    MOCKS,
    BadSetting,
    MockAddresses,
    listed_settings,
    serve_mock,
    written_settings,
)
from harness.scenario.quantities import NoQuantity, duration_us

__all__ = ["serve"]


def _seconds(context: click.Context, option: click.Parameter, duration: str) -> float:
    try:
        return duration_us(duration) / 1e6
    except NoQuantity as error:
        raise click.BadParameter(str(error), context, option) from None


def _settings(context: click.Context, option: click.Parameter, written: tuple[str, ...]) -> dict[str, str]:
    try:
        return written_settings(written)
    except BadSetting as wrong:
        raise click.BadParameter(str(wrong), context, option) from None


@click.command(context_settings=SETTINGS)
@click.argument("provider", type=click.Choice(MOCKS))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port of the mock.  [default: any free one]")
@click.option(
    "--control-port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port where trouble is ordered over HTTP.  [default: any free one]",
)
@click.option(
    "--tls",
    "ca_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Speak TLS, and write the certificate authority that clients are to trust to this file.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same words.")
@click.option(
    "--reply-after",
    "reply_after_s",
    metavar="DURATION",
    callback=_seconds,
    default="300ms",
    show_default=True,
    help="From the end of the caller's turn to the first message of the answer.",
)
@click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_settings,
    help="A setting of this mock; may be given several times.",
)
@click.option("--list-settings", is_flag=True, help="Print what can be set in PROVIDER's mock, and end.")
def serve(provider: str, list_settings: bool, **how: Any) -> None:
    """Serve a mock of PROVIDER for any client, and trouble with it on demand.

    It listens on this machine only, takes any key but 'invalid', and ends with Ctrl-C.

    \b
    deadair serve openai-realtime --port 8765 --control-port 8766
    deadair serve deepgram --list-settings
    curl -d '{"do": {"close_connection": {"code": 1011}}, "on": "live"}' http://127.0.0.1:8766/trouble
    """
    if list_settings:
        for line in listed_settings(provider):
            click.echo(line)
        return
    asyncio.run(_serve(provider, how))


async def _serve(provider: str, how: Mapping[str, Any]) -> None:
    # Before anything is opened or printed: whoever has read the address may end us at once.
    asked_to_end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_end.set)
    mock = serve_mock(provider, **how)
    async with AsyncExitStack() as open_until_asked:
        try:
            addresses = await open_until_asked.enter_async_context(mock)
        except BadSetting as wrong:
            raise click.UsageError(str(wrong)) from None
        except OSError as error:
            raise DeadairError(_why_not(error)) from None
        for line in _welcome(provider, addresses):
            click.echo(line)
        await asked_to_end.wait()


def _why_not(error: OSError) -> str:
    if error.filename is not None:
        return f"{error.filename}: the certificate authority cannot be written: {error.strerror}."
    # asyncio says which address it is, and what is wrong with it.
    return f"the mock cannot be served: {error.strerror}.\nTake another with --port or --control-port; 0 takes any that is free."


# ── what is printed ──────────────────────────────────────────────────────────


def _welcome(provider: str, addresses: MockAddresses) -> Iterator[str]:
    yield f"{provider} at {addresses.url}"
    yield f"control at {addresses.control_url}"
    yield ""
    yield "Point the vendor's SDK at it:"
    for line in _SDKS[provider](addresses):
        yield f"    {line}"
    if addresses.ca_file is not None:
        yield "and let it trust the certificate of this run, which every Python client does with"
        yield f"    SSL_CERT_FILE={addresses.ca_file}"
    yield "Read what each connection received and sent, and how far its caller was heard:"
    yield f"    curl {addresses.control_url}/ledger"
    yield "Order trouble, see what is in force, lift it:"
    yield f'    curl -d \'{{"do": {{"close_connection": {{"code": 1011}}}}, "on": "live"}}\' {addresses.control_url}/trouble'
    yield f"    curl {addresses.control_url}/trouble"
    yield f"    curl -X DELETE {addresses.control_url}/trouble/1"


def _openai(addresses: MockAddresses) -> Iterator[str]:
    yield f'AsyncOpenAI(api_key="any", websocket_base_url="{addresses.url}/v1")'


def _gemini(addresses: MockAddresses) -> Iterator[str]:
    if addresses.ca_file is None:
        # googleapis/python-genai 1.0.0 to 3.4.0, live.py: the scheme of every address is replaced by wss.
        yield "(google-genai speaks TLS only: serve with '--tls ca.pem' for it; other clients take the address above)"
        return
    yield f'genai.Client(api_key="any", http_options={{"base_url": "{_http(addresses.url)}"}})'


def _deepgram(addresses: MockAddresses) -> Iterator[str]:
    ws, http = addresses.url, _http(addresses.url)
    yield f'there = DeepgramClientEnvironment(base="{http}", production="{ws}", agent="{ws}", agent_rest="{http}")'
    yield 'AsyncDeepgramClient(api_key="any", environment=there)'


def _http(url: str) -> str:
    return url.replace("ws", "http", 1)


_SDKS = {"openai-realtime": _openai, "gemini-live": _gemini, "deepgram": _deepgram}
