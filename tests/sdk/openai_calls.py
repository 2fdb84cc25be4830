"""What is asked over REST: short-lived keys, and calls that a connection joins by their id."""

from __future__ import annotations

from websockets.exceptions import InvalidStatus

from tests.sdk.openai_caller import Caller, by_both

__all__: list[str] = []

SDP_OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


@by_both("client secrets", versions=">=1.107")
async def client_secrets(caller: Caller) -> None:
    session = {"type": "realtime", "model": "gpt-realtime-2.1", "instructions": "Of the secret."}
    async with caller.client() as client:
        secret = await client.realtime.client_secrets.create(
            expires_after={"anchor": "created_at", "seconds": 60}, session=session
        )
    async with caller.dialled(key=secret.value) as line:
        created = (await line.one("session.created")).session

    assert secret.value.startswith("ek_")
    assert secret.session.instructions == "Of the secret."
    assert created.instructions == "Of the secret."


@by_both("client secrets end", versions=">=1.107", transports=("virtual",))
async def client_secrets_end(caller: Caller) -> None:
    async with caller.client() as client:
        secret = await client.realtime.client_secrets.create(expires_after={"anchor": "created_at", "seconds": 10})
    await caller.sleep(11.0)
    async with caller.dialled(key=secret.value) as line:
        error = await line.error()

    assert error.code == "invalid_api_key"


@by_both("a key that is a subprotocol", versions=">=1.107")
async def a_key_that_is_a_subprotocol(caller: Caller) -> None:
    """As browsers authenticate, which can set no headers: the key is offered, and only `realtime` comes back."""
    offered = ["realtime", "openai-insecure-api-key.sk-mock"]
    async with caller.dialled(websocket_connection_options={"subprotocols": offered}) as line:
        created = await line.next()
        chosen = line.wire.subprotocol

    assert created.type == "session.created"
    assert chosen == "realtime"


@by_both("joins a call", versions=">=2")
async def joins_a_call(caller: Caller) -> None:
    """A WebRTC call: its sound goes another way, and who joins it by its id hears of its turns."""
    async with caller.client() as client:
        answer = await client.realtime.calls.create(
            sdp=SDP_OFFER, session={"type": "realtime", "model": "gpt-realtime", "instructions": "Of the call."}
        )
    call_id = answer.response.headers["location"].rpartition("/")[2]
    async with caller.dialled(call_id=call_id) as line:
        created = (await line.one("session.created")).session
        told = await line.until("output_audio_buffer.stopped")

    kinds = [event.type for event in told]
    assert created.instructions == "Of the call."
    assert "input_audio_buffer.speech_started" in kinds
    assert "output_audio_buffer.started" in kinds
    assert "response.output_audio.delta" not in kinds


@by_both("joins a phone call", versions=">=2")
async def joins_a_phone_call(caller: Caller) -> None:
    async with caller.client() as client:
        await client.realtime.calls.accept("rtc_ringing", type="realtime", model="gpt-realtime")
    async with caller.dialled(call_id="rtc_ringing") as line:
        await line.one("session.created")
        pressed = await line.one("input_audio_buffer.dtmf_event_received")

    assert pressed.event in "1#"


@by_both("hangs a phone call up", versions=">=2")
async def hangs_a_phone_call_up(caller: Caller) -> None:
    """Who had joined is hung up, too, and the call is then as unknown as one that never was."""
    async with caller.client() as client:
        await client.realtime.calls.accept("rtc_ringing", type="realtime", model="gpt-realtime")
        async with caller.dialled(call_id="rtc_ringing") as line:
            await line.one("session.created")
            await client.realtime.calls.hangup("rtc_ringing")
            closed = await line.closed()
    refused: InvalidStatus | None = None
    try:
        async with caller.dialled(call_id="rtc_ringing"):
            pass
    except InvalidStatus as error:
        refused = error

    assert closed.rcvd is not None
    assert closed.rcvd.code == 1000
    assert refused is not None
    assert refused.response.status_code == 404


@by_both("clears what a call would play", versions=">=2")
async def clears_what_a_call_would_play(caller: Caller) -> None:
    async with caller.client() as client:
        await client.realtime.calls.accept("rtc_ringing", type="realtime", model="gpt-realtime")
    async with caller.dialled(call_id="rtc_ringing") as line:
        started = await line.one("output_audio_buffer.started")
        await line.sdk.output_audio_buffer.clear()
        cleared = await line.one("output_audio_buffer.cleared")

    assert cleared.response_id == started.response_id
