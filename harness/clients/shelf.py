"""The shelf: the clients that everybody uses, and what it takes to put each to the test."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from harness.errors import DeadairError

__all__ = ["SHELF", "KnownClient", "NotOnTheShelf", "known"]


class NotOnTheShelf(DeadairError):
    """There is no known client of this name; the message says which there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClient:
    """One client that deadair comes with an adapter for.

    Attributes:
        name: As it is called in `client:` and on the command line.
        title: As people call it.
        provider: Whose protocol it speaks.
        requirements: What its environment is made of, as pip takes it, beside deadair itself. The first is the
            client itself, pinned.
        reconnects: False for a library that leaves reconnecting to its user by design: it is not blamed for lacking it.
        clock: `virtual` where it runs on deadair's clock as it is; `real` where it needs what that clock has not: threads
            that touch the network, child processes, UDP.
        tls: It speaks TLS and nothing else.
    """

    name: str
    title: str
    provider: Literal["gemini-live", "openai-realtime", "deepgram"]
    requirements: tuple[str, ...]
    reconnects: bool
    clock: Literal["virtual", "real"]
    tls: bool = False

    @property
    def module(self) -> str:
        """Its adapter, which has `make(case, endpoints)` and can be run as a child with `python -m`."""
        return f"harness.clients.adapters.{self.name.replace('-', '_')}"

    @property
    def package(self) -> str:
        """The distribution that is tested: `openai`."""
        return _pinned(self.requirements[0])[0]

    @property
    def version(self) -> str:
        """The version of it that is asked for."""
        return _pinned(self.requirements[0])[1]

    @property
    def environment(self) -> str:
        """The folder of its environment, which it shares with those that ask for the same: `openai-3.54.0`."""
        return f"{self.package}-{self.version}"


OPENAI = ("openai[realtime]==3.54.0",)
PIPECAT = ("pipecat-ai[google,openai,deepgram]==1.14.0",)
LIVEKIT = (
    "livekit-agents==1.8.9",
    "livekit-plugins-openai==1.8.9",
    "livekit-plugins-google==1.8.9",
    "livekit-plugins-deepgram==1.8.9",
)

_ALL = (
    KnownClient(
        name="openai-sdk",
        title="OpenAI Python SDK, with its reconnect option",
        provider="openai-realtime",
        requirements=OPENAI,
        reconnects=True,
        clock="virtual",
    ),
    KnownClient(
        name="openai-sdk-no-reconnect",
        title="OpenAI Python SDK, as it is by default",
        provider="openai-realtime",
        requirements=OPENAI,
        reconnects=False,
        clock="virtual",
    ),
    KnownClient(
        name="openai-agents",
        title="OpenAI Agents SDK, realtime",
        provider="openai-realtime",
        requirements=("openai-agents[realtime]==0.24.0", *OPENAI),
        reconnects=False,
        clock="virtual",
    ),
    KnownClient(
        name="google-genai",
        title="Google Gen AI SDK, live",
        provider="gemini-live",
        requirements=("google-genai==3.4.0",),
        reconnects=False,
        clock="virtual",
        tls=True,
    ),
    KnownClient(
        name="google-adk",
        title="Google ADK, run_live",
        provider="gemini-live",
        requirements=("google-adk==2.13.0",),
        reconnects=True,
        clock="virtual",
        tls=True,
    ),
    KnownClient(
        name="deepgram-sdk",
        title="Deepgram Python SDK, listen v1",
        provider="deepgram",
        requirements=("deepgram-sdk==7.17.0",),
        reconnects=False,
        clock="virtual",
    ),
    KnownClient(
        name="pipecat-openai",
        title="Pipecat, OpenAI Realtime",
        provider="openai-realtime",
        requirements=PIPECAT,
        reconnects=True,
        clock="virtual",
    ),
    KnownClient(
        name="pipecat-gemini",
        title="Pipecat, Gemini Live",
        provider="gemini-live",
        requirements=PIPECAT,
        reconnects=True,
        clock="virtual",
        tls=True,
    ),
    KnownClient(
        name="pipecat-deepgram",
        title="Pipecat, Deepgram",
        provider="deepgram",
        requirements=PIPECAT,
        reconnects=True,
        clock="virtual",
    ),
    KnownClient(
        name="pipecat-flux",
        title="Pipecat, Deepgram Flux",
        provider="deepgram",
        requirements=PIPECAT,
        reconnects=True,
        clock="virtual",
    ),
    KnownClient(
        name="livekit-openai",
        title="LiveKit Agents, OpenAI Realtime",
        provider="openai-realtime",
        requirements=LIVEKIT,
        reconnects=True,
        clock="virtual",
    ),
    KnownClient(
        name="livekit-google",
        title="LiveKit Agents, Gemini Live",
        provider="gemini-live",
        requirements=LIVEKIT,
        reconnects=True,
        clock="virtual",
        tls=True,
    ),
    KnownClient(
        name="livekit-deepgram",
        title="LiveKit Agents, Deepgram",
        provider="deepgram",
        requirements=LIVEKIT,
        reconnects=True,
        clock="virtual",
    ),
)

SHELF: Mapping[str, KnownClient] = MappingProxyType({client.name: client for client in _ALL})
"""By name, in the order in which they are shown."""


def known(name: str) -> KnownClient:
    """The known client of this name.

    Raises:
        NotOnTheShelf: If there is none.
    """
    if name in SHELF:
        return SHELF[name]
    near = difflib.get_close_matches(name, SHELF, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(SHELF)}."
    raise NotOnTheShelf(f"there is no known client '{name}'. {hint}")


def _pinned(requirement: str) -> tuple[str, str]:
    found = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^;\s]+)", requirement)
    assert found is not None, f"{requirement!r} is not pinned, so nobody could say what was tested"
    return found[1], found[2]
