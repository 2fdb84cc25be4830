"""deadair's own clients, to be had in process (`python:tests.support.both_ways:make`) and as a program."""

from __future__ import annotations

from typing import Any

from harness.clients import Client, Endpoints
from harness.clients.adapters.lines import serve
from harness.runner.registry import own_provider, provider_client

__all__ = ["make"]


def make(case: Any, endpoints: Endpoints) -> Client:
    return provider_client(case, endpoints, own_provider(case.provider))


if __name__ == "__main__":
    serve(make)
