"""What can be put to the test."""

from harness.clients.client import Client, ClientEvent, Endpoints
from harness.clients.provider import ProviderClient

__all__ = ["Client", "ClientEvent", "Endpoints", "ProviderClient"]
