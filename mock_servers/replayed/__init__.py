"""A server that does again what a vendor's mock once did on a connection, with its timing."""

from mock_servers.replayed.steps import Mark, Say, Step
from mock_servers.replayed.vendor import Replayed

__all__ = ["Mark", "Replayed", "Say", "Step"]
