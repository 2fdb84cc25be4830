"""The `openai` SDK as it is when nobody asks for more: a lost connection ends its loop, and the rest is its user's."""

from __future__ import annotations

from typing import Any

from harness.clients.adapters.lines import serve
from harness.clients.adapters.openai_sdk import OpenAISdk
from harness.clients.client import Client, Endpoints

__all__ = ["OpenAISdkNoReconnect", "make"]


def make(case: Any, endpoints: Endpoints) -> Client:
    return OpenAISdkNoReconnect(case, endpoints)


class OpenAISdkNoReconnect(OpenAISdk):
    """One call, which a lost connection ends."""

    reconnects = False


if __name__ == "__main__":
    serve(make)
