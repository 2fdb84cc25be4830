"""Troubles in OpenAI's own words: errors, failed responses, the session cap, an empty account."""

from __future__ import annotations

from tests.sdk.openai_caller import BESIDE_TLS, Caller, Line, by_both

__all__: list[str] = []

GA = ">=1.107"

UNHURRIED = {"speedup": 0.5}
"""A response then lasts long enough to be troubled, however slow the machine is."""


@by_both("sees a server error", versions=GA, transports=BESIDE_TLS)
async def sees_a_server_error(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"provider_error": {"code": "server_error"}})
        error = await line.error()
        await _it_goes_on(line)

    assert (error.type, error.code, error.event_id) == ("server_error", None, None)


@by_both("sees a rate limit", versions=GA, settings=UNHURRIED, transports=BESIDE_TLS)
async def sees_a_rate_limit(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.asks("hello")
        await line.one("response.created")
        await caller.trouble({"rate_limited": {"retry_after_s": 20}})
        failed = (await line.one("response.done")).response

    assert failed.status == "failed"
    assert failed.status_details.error.code == "rate_limit_exceeded"
    assert "try again in 20s" in failed.status_details.error.message


@by_both("sees a failed response", versions=GA, settings=UNHURRIED, transports=BESIDE_TLS)
async def sees_a_failed_response(caller: Caller) -> None:
    """It is told in `response.done` alone: who does not look there meets silence (livekit/agents#2967)."""
    async with caller.dialled() as line:
        await line.asks("hello")
        await line.one("response.created")
        await caller.trouble({"fail_response": {"code": "server_error"}})
        told = await line.until("response.done")
        await _it_goes_on(line)

    assert told[-1].response.status == "failed"
    assert told[-1].response.status_details.error.type == "server_error"


@by_both("sees an empty account", versions=GA, transports=BESIDE_TLS)
async def sees_an_empty_account(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble("quota")
        error = await line.error()
        closed = await line.closed()

    assert error.code == "insufficient_quota"
    assert closed.rcvd is not None
    assert closed.rcvd.reason == "insufficient_quota.insufficient_quota"


@by_both("sees a rejected event", versions=GA, transports=BESIDE_TLS)
async def sees_a_rejected_event(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"reject": {"name": "session.update"}})
        await line.sdk.session.update(session={"type": "realtime", "instructions": "Hi."}, event_id="mine")
        error = await line.error()
        await _it_goes_on(line)

    assert error.event_id == "mine"


@by_both("sees a garbled message", versions=GA, transports=BESIDE_TLS)
async def sees_a_garbled_message(caller: Caller) -> None:
    broken = False
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"garble": {"name": "input_audio_buffer.cleared"}}, times=1)
        await line.sdk.input_audio_buffer.clear()
        try:
            await line.next()
        except ValueError:
            broken = True
        await _it_goes_on(line)

    assert broken


@by_both("sees a message twice", versions=GA, transports=BESIDE_TLS)
async def sees_a_message_twice(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"duplicate": {"name": "response.done"}}, times=1)
        await line.asks("hello")
        first, second = await line.one("response.done"), await line.one("response.done")

    assert first == second


@by_both("sees no end of a response", versions=GA, transports=BESIDE_TLS)
async def sees_no_end_of_a_response(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"withhold": {"name": "response.done"}}, times=1)
        await line.asks("hello")
        told = await line.until("rate_limits.updated")

    assert "response.output_item.done" in [event.type for event in told]
    assert "response.done" not in [event.type for event in told]


@by_both("sees a message out of turn", versions=GA, transports=BESIDE_TLS)
async def sees_a_message_out_of_turn(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"send_message": {"message": "response.done"}})
        event = await line.next()

    assert type(event).__name__ == "ResponseDoneEvent"


@by_both("sees an unknown kind", versions=GA, transports=BESIDE_TLS)
async def sees_an_unknown_kind(caller: Caller) -> None:
    """The SDK checks nothing: what it does not know becomes an object of the union's first class."""
    async with caller.dialled() as line:
        await line.one("session.created")
        await caller.trouble({"send_message": {"message": {"type": "response.dreams.delta", "event_id": "event_1"}}})
        event = await line.next()

    assert event.type == "response.dreams.delta"
    assert type(event).__name__ == "ConversationCreatedEvent"


async def _it_goes_on(line: Line) -> None:
    await line.sdk.input_audio_buffer.clear()
    assert (await line.one("input_audio_buffer.cleared")).event_id
