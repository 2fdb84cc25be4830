"""Where one capability is played: against a mock of the house on the real clock, or beside it on the virtual one."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import inspect
import json
import os
import socket
import tempfile
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from harness.engines import VirtualTime
from mock_servers.base.control import ControlPanel
from mock_servers.base.conversation import Conversation
from mock_servers.base.observer import Seen
from mock_servers.base.server import MockServer
from mock_servers.base.tls import certificate_for
from mock_servers.serve import vendor
from tests.sdk.witness import Capability, There, Transport

__all__ = ["VENDORS", "NotOver", "Played", "WitnessedVendor", "guest_of", "on_the_real_clock", "on_the_virtual_clock"]

HOUSE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedVendor:
    """A vendor's SDK, the mock that it is shown, and the production addresses that lead there on the virtual clock."""

    distribution: str
    mock: str
    hosts: tuple[str, ...]
    """The first is the one that `There.url` names."""


VENDORS = {
    "openai": WitnessedVendor(distribution="openai", mock="openai-realtime", hosts=("api.openai.com",)),
    "gemini": WitnessedVendor(
        distribution="google-genai",
        mock="gemini-live",
        hosts=(
            "generativelanguage.googleapis.com",
            "aiplatform.googleapis.com",
            "us-central1-aiplatform.googleapis.com",
            "europe-west4-aiplatform.googleapis.com",
        ),
    ),
    "deepgram": WitnessedVendor(
        distribution="deepgram-sdk", mock="deepgram", hosts=("api.deepgram.com", "agent.deepgram.com")
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What is known of a capability after it was played on the virtual clock: it is the same in each run."""

    ended_at_s: float
    told: str
    """A digest of all that the mock saw and sent, with its times."""


class NotOver(Exception):
    """A capability took too long; its cause is what cancelled it, and knows where it was."""


def on_the_real_clock(
    capability: Capability,
    *,
    transport: Transport,
    house: int,
    whose: WitnessedVendor,
    version: str,
    settings: Mapping[str, object],
) -> None:
    """Raises what the capability raises. `house` is the port of tests.sdk.mocks."""
    with guest_of(house, whose.mock, tls=transport == "wss", settings=settings) as given:
        ca_file = given["ca_file"] and Path(given["ca_file"])
        _trust(ca_file)
        there = There(url=given["url"], control_url=given["control_url"], ca_file=ca_file, version=version)
        if capability.sync:
            capability.play(there)
        else:
            asyncio.run(_in_time(capability, there))


def on_the_virtual_clock(
    capability: Capability, *, whose: WitnessedVendor, version: str, settings: Mapping[str, object]
) -> Played:
    """Raises what the capability raises."""
    with tempfile.TemporaryDirectory() as folder:
        ca_file = Path(folder) / "authority.pem"
        tls, authority = certificate_for(*whose.hosts)
        ca_file.write_bytes(authority)
        _trust(ca_file)
        digest = hashlib.sha256()

        async def play() -> float:
            loop: Any = asyncio.get_running_loop()

            def observe(seen: Seen) -> None:
                digest.update(f"{loop.time():.6f} {type(seen).__name__} {_fields(seen)}\n".encode())

            mock = vendor(whose.mock, Conversation(), settings=settings)
            server = MockServer(mock, tls=tls, observer=observe)
            async with server, MockServer(ControlPanel(server)) as control:
                for host in whose.hosts:
                    loop.claim_name(host, 443, ("127.0.0.1", server.port))
                there = There(
                    url=f"wss://{whose.hosts[0]}",
                    control_url=f"http://127.0.0.1:{control.port}",
                    ca_file=ca_file,
                    version=version,
                    production=True,
                )
                await _awaited(capability, there)
                return loop.time()

        ended_at_s = VirtualTime().run(play, seed=1)
    return Played(ended_at_s=round(ended_at_s, 6), told=digest.hexdigest())


async def _in_time(capability: Capability, there: There) -> None:
    """Who waits in vain is stopped before the process is, and so can be told where it waited."""
    try:
        async with asyncio.timeout(capability.limit_s) as patience:
            await _awaited(capability, there)
    except TimeoutError as error:
        if not patience.expired():
            raise
        raise NotOver(f"not over after {capability.limit_s:g} s") from error.__cause__


async def _awaited(capability: Capability, there: There) -> None:
    if not inspect.iscoroutinefunction(capability.play):
        raise TypeError(f"{capability.name!r} is no coroutine function: register it with sync=True")
    await cast(Awaitable[None], capability.play(there))


def _trust(ca_file: Path | None) -> None:
    """What most clients read. The SDKs have other doors as well, but not every one has a door in every version."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
        if ca_file is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = str(ca_file)


@contextmanager
def guest_of(house: int, mock: str, *, tls: bool, settings: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """A mock of one's own, for as long as the context lasts: its `url`, `control_url` and `ca_file`."""
    with socket.create_connection(("127.0.0.1", house), timeout=HOUSE_TIMEOUT_S) as door:
        wish = {"vendor": mock, "tls": tls, "settings": dict(settings)}
        door.sendall(json.dumps(wish).encode() + b"\n")
        with door.makefile("rb") as answers:
            given: dict[str, Any] = json.loads(answers.readline())
        if "error" in given:
            raise RuntimeError(f"no mock: {given['error']}")
        yield given


def _fields(seen: Seen) -> str:
    return repr([(each.name, getattr(seen, each.name)) for each in dataclasses.fields(seen)])
