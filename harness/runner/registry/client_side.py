"""The clients under test: deadair's own providers, somebody's Python, somebody's program."""

from __future__ import annotations

import importlib
import ssl
import sys
from collections.abc import Mapping
from typing import Any

from harness.clients import Client, Endpoints, ProviderClient
from harness.clients.child_protocol import Asked
from harness.clients.command import CommandClient
from harness.clients.log import Log
from harness.clients.named import Way
from harness.runner.registry.names import REST, SAMPLE_RATES_HZ, SESSION
from harness.scenario.model import Case
from providers.base import AudioChunk, AudioFormat, BaseProvider, SessionConfig, TextMessage

__all__ = ["client", "own_provider", "provider_client", "with_session"]

PROVIDERS: Mapping[str, tuple[str, str]] = {
    "gemini-live": ("providers.gemini", "GeminiLiveProvider"),
    "openai-realtime": ("providers.openai", "OpenAIRealtimeProvider"),
    "deepgram": ("providers.deepgram", "DeepgramSegmentedProvider"),
}
"""The module and the class of each of deadair's own clients, imported only when they are asked for, as the mocks are."""

DEFAULT_SESSION: Mapping[str, Any] = {
    "system_prompt": "You are a patient assistant on the telephone.",
    "temperature": 0.6,
    "tools": [
        {
            "name": "look_up_order",
            "description": "Finds an order by its number.",
            "parameters": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
        }
    ],
}
"""What a client asks for where the scenario does not say."""


def with_session(case: Case) -> Case:
    """The case with everything that its client asks for written out."""
    return case.model_copy(update={"session": {**DEFAULT_SESSION, **case.session}})


def own_provider(name: str) -> type[BaseProvider]:
    """deadair's own client of one of `PROVIDERS`."""
    module, made = PROVIDERS[name]
    kind: type[BaseProvider] = getattr(importlib.import_module(module), made)
    return kind


def client(
    case: Case, endpoints: Endpoints, *, way: Way | None = None, clock: str = "virtual", log: Log | None = None
) -> Client:
    """The client under test: deadair's own provider, what `module:factory` makes, or a command that is not yet started.

    The factory takes `(case, endpoints)` and returns a `Client`. `log` takes what a command prints.
    """
    if way is None:
        return provider_client(case, endpoints, own_provider(case.provider))
    if way.is_command(clock):
        return _command(case, endpoints, way, log)
    if way.directory is not None and str(way.directory) not in sys.path:
        sys.path.insert(0, str(way.directory))
    module, _, factory = way.python.partition(":")
    made: Client = getattr(importlib.import_module(module), factory)(case, endpoints)
    return made


def _command(case: Case, endpoints: Endpoints, way: Way, log: Log | None) -> CommandClient:
    caller_hz, agent_hz = SAMPLE_RATES_HZ[case.provider]
    written = case.model_dump(mode="json")
    asked = Asked(
        provider=case.provider,
        session=written["session"],
        script=written["script"],
        seconds=case.expect.end.by_us / 1e6,
        sample_rate_hz=caller_hz,
    )
    return CommandClient(
        way.command,
        asked=asked,
        endpoints=endpoints,
        agent_sample_rate_hz=agent_hz,
        directory=way.directory,
        variables=way.variables,
        log=log,
    )


def provider_client(case: Case, endpoints: Endpoints, made: type[BaseProvider]) -> Client:
    """A client that drives one of deadair's own, or a class made from one, with the session that the case asks for."""
    caller_hz, agent_hz = SAMPLE_RATES_HZ[case.provider]
    keys = (endpoints.fresh_key,) * (2 if case.provider == "deepgram" else 1)
    tls = {"ssl_context": ssl.create_default_context(cadata=endpoints.authority)} if endpoints.authority else {}
    make: Any = made
    provider = make(*keys, **tls)
    if case.provider == "deepgram":
        provider.DEEPGRAM_STT_URL = endpoints.urls[SESSION]
        provider.DEEPGRAM_TTS_URL = f"{endpoints.urls[REST]}/v1/speak"
        provider.GEMINI_API_URL = f"{endpoints.urls[REST]}/v1beta"
    else:
        provider.WEBSOCKET_URL = endpoints.urls[SESSION]
    known = {name: value for name, value in case.session.items() if name in SessionConfig.__dataclass_fields__}
    rest = {name: value for name, value in case.session.items() if name not in known}
    config = SessionConfig(**{**known, "sample_rate": caller_hz, "metadata": {**known.get("metadata", {}), **rest}})
    return ProviderClient(
        provider,
        config=config,
        audio=lambda pcm: AudioChunk(data=pcm, format=AudioFormat.PCM16, sample_rate=caller_hz),
        text=lambda text: TextMessage(text=text),
        sample_rate_hz=caller_hz,
        agent_sample_rate_hz=agent_hz,
    )
