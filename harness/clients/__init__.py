"""What can be put to the test."""

from harness.clients.client import Client, ClientEvent, ClientSaid, Endpoints
from harness.clients.provider import ProviderClient
from harness.clients.traits import Traits, traits_of

__all__ = ["Client", "ClientEvent", "ClientSaid", "Endpoints", "ProviderClient", "Traits", "traits_of"]
