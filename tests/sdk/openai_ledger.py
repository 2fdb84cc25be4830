"""What the mock wrote down of a conversation, beside what the SDK saw of it."""

from __future__ import annotations

import json
from collections import Counter

from tests.sdk.openai_caller import KEY, Caller, by_both

__all__: list[str] = []


@by_both("ledger", versions=">=1.107")
async def ledger(caller: Caller) -> None:
    """Both sides tell of the same messages and the same audio, and the key is nowhere."""
    async with caller.dialled(extra_headers={"X-Trace": "42"}) as line:
        await line.says(1.0)
        await line.is_silent(0.5)
        await line.until("rate_limits.updated")
    told = await caller.ledger(1)

    headers = dict(told["headers"])
    sent = {
        name.removeprefix("server."): count for name, count in told["counted"].items() if name.startswith("server.")
    }
    assert told["path"] == "/v1/realtime"
    assert ["model", "gpt-realtime"] in told["query"]
    assert headers["x-trace"] == "42"
    assert headers["user-agent"].startswith("OpenAI/" if caller.sync else "AsyncOpenAI/")
    assert KEY not in json.dumps(told)
    assert told["counted"]["client.input_audio_buffer.append"] == 15
    assert sent == Counter(event.type for event in line.events)
    assert round(told["audio_s"]["client"], 6) == told["caller"]["received_s"] == told["caller"]["finalised_s"] == 1.5
    assert (told["ending"]["code"], told["ending"]["by"]) == (1000, "client")


@by_both("organisation and project", versions=">=3.36")
async def organisation_and_project(caller: Caller) -> None:
    """Older versions leave these headers out of the upgrade."""
    async with caller.dialled(organization="org-1", project="proj-1") as line:
        await line.one("session.created")
    headers = dict((await caller.ledger(1))["headers"])

    assert (headers["openai-organization"], headers["openai-project"]) == ("org-1", "proj-1")
    assert headers["x-stainless-lang"] == "python"
    assert headers["x-stainless-async"] == ("false" if caller.sync else "async:asyncio")
