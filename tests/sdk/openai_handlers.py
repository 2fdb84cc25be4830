"""The SDK's handlers: it reads by itself, and calls whoever asked for a kind of event."""

from __future__ import annotations

import openai

from tests.sdk.openai_caller import Caller, by_both

__all__: list[str] = []

SINCE = ">=2.32"
"""2.54.0 has them, 1.109.1 has not; they came with the reconnection."""


@by_both("handlers", versions=SINCE)
async def handlers(caller: Caller) -> None:
    told: list[str] = []
    async with caller.dialled() as line:
        connection = line.sdk.plain if caller.sync else line.sdk
        connection.on("session.created", lambda event: told.append(event.session.id))
        await caller.trouble({"close_connection": {"code": 1000}})
        await line.sdk.dispatch_events()

    assert len(told) == 1
    assert told[0].startswith("sess_")


@by_both("an error without a handler", versions=SINCE)
async def an_error_without_a_handler(caller: Caller) -> None:
    raised: openai.OpenAIError | None = None
    async with caller.dialled() as line:
        await caller.trouble({"provider_error": {"code": "server_error"}})
        try:
            await line.sdk.dispatch_events()
        except openai.OpenAIError as error:
            raised = error

    assert raised is not None
    assert "server_error" in str(raised)
