"""A mock that stands alone: one provider on a port, with a control port beside it, until it is told to stop."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_servers.base.control import ControlPanel
from mock_servers.base.conversation import Conversation
from mock_servers.base.observer import Observer
from mock_servers.base.protocol import Vendor
from mock_servers.base.server import MockServer
from mock_servers.base.settings import read_settings

if TYPE_CHECKING:
    from mock_servers.base.tls import Certificates

__all__ = ["VENDORS", "Addresses", "serve", "settings_of", "vendor"]

VENDORS = {
    "openai-realtime": ("mock_servers.openai_realtime", "OpenAIRealtime"),
    "gemini-live": ("mock_servers.gemini_live", "GeminiLive"),
    "deepgram": ("mock_servers.deepgram", "Deepgram"),
}
"""The package and the class of each mock, imported only when they are asked for. Its settings are in the package's
`settings`."""


def settings_of(name: str) -> type[Any]:
    """The `Settings` of one of `VENDORS`: a dataclass whose defaults are the real vendor's behaviour."""
    package, _ = VENDORS[name]
    kind: type[Any] = import_module(f"{package}.settings").Settings
    return kind


def vendor(name: str, conversation: Conversation, *, settings: Mapping[str, object] | None = None) -> Vendor:
    """The mock of one of `VENDORS`, its I/O left to a `MockServer`.

    Raises:
        BadSetting: If there is no such setting, or it cannot have this value.
    """
    package, made = VENDORS[name]
    read = read_settings(settings_of(name), settings or {}, whose=name)
    mock: Vendor = getattr(import_module(package), made)(conversation, settings=read)
    return mock


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a mock that stands alone is reached; `ca_file` is whom to trust, where it speaks TLS."""

    url: str
    control_url: str
    ca_file: Path | None = None


@contextlib.asynccontextmanager
async def serve(
    name: str,
    *,
    port: int = 0,
    control_port: int = 0,
    ca_file: Path | None = None,
    seed: int = 0,
    reply_after_s: float = 0.3,
    settings: Mapping[str, object] | None = None,
    observer: Observer | None = None,
) -> AsyncIterator[Addresses]:
    """Serve one of `VENDORS` for as long as the context lasts: `async with serve("deepgram") as addresses`.

    Args:
        port: 0 takes any that is free, as `control_port` does.
        ca_file: Speak TLS, with a certificate made for this run, and write the authority to trust to this file.
        seed: Same seed, same words.
        reply_after_s: From the end of the caller's turn to the first message of the answer.
        settings: Settings of this vendor by name, as values or as texts; the others keep the vendor's own behaviour.

    Raises:
        BadSetting: If there is no such setting, or it cannot have this value.
        OSError: If a port is taken, or the file cannot be written.
    """
    mock = vendor(name, Conversation(seed=seed, reply_after_s=reply_after_s), settings=settings)
    tls = None if ca_file is None else _certified(ca_file)
    server = MockServer(mock, port=port, tls=tls, observer=observer)
    async with server, MockServer(ControlPanel(server), port=control_port) as control:
        yield Addresses(
            url=f"{'ws' if tls is None else 'wss'}://127.0.0.1:{server.port}",
            control_url=f"http://127.0.0.1:{control.port}",
            ca_file=ca_file,
        )


def _certified(ca_file: Path) -> Certificates:
    # What makes them takes 0.1 s to import, and is of use here alone.
    from mock_servers.base.tls import Certificates

    certificates = Certificates("127.0.0.1", "localhost")
    ca_file.write_bytes(certificates.authority)
    return certificates
