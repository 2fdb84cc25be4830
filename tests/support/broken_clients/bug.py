"""A bug: one of our providers with a single deliberate mistake in it, as a client that a case can name."""

from __future__ import annotations

from dataclasses import dataclass

from harness.clients import Client, Endpoints
from harness.runner import registry
from harness.scenario import Case
from providers.websocket_provider import WebSocketProvider

__all__ = ["Bug", "bug"]


@dataclass(frozen=True, slots=True)
class Bug:
    """Makes the client that a case names as `client`; the mistake stands in front of the provider that the case calls."""

    mistake: type[WebSocketProvider]

    @property
    def name(self) -> str:
        return self.mistake.__name__

    @property
    def client(self) -> str:
        return f"python:{self.mistake.__module__}:{self.name}"

    def __call__(self, case: Case, endpoints: Endpoints) -> Client:
        sound = registry.own_provider(case.provider)
        return registry.provider_client(case, endpoints, type(self.name, (self.mistake, sound), {}))


def bug(mistake: type[WebSocketProvider]) -> Bug:
    """The class as a bug. It overrides one thing of the class that it is made from, and leaves the rest to that."""
    return Bug(mistake)
