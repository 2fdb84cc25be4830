"""The other two ways in which the Deepgram SDK gives its messages: by iteration, and one by one with `recv`.

All talks read by callbacks (`on` and `start_listening`), as the SDK's README shows it.
"""

from __future__ import annotations

from typing import Any

from deepgram import AsyncDeepgramClient, DeepgramClient

from tests.sdk.deepgram_hands import addresses
from tests.sdk.deepgram_speech import NOVA, speech, words
from tests.sdk.witness import There, capability

__all__: list[str] = []


@capability("messages by iteration")
async def by_iteration(there: There) -> None:
    client = AsyncDeepgramClient(api_key="a-key", **addresses(there))
    async with client.listen.v1.connect(**NOVA) as socket:
        await socket.send_media(speech(0, 1))
        await socket.send_close_stream()
        messages = [message async for message in socket]

    assert_whole(messages)


@capability("messages by iteration", sync=True)
def by_iteration_sync(there: There) -> None:
    client = DeepgramClient(api_key="a-key", **addresses(there))
    with client.listen.v1.connect(**NOVA) as socket:
        socket.send_media(speech(0, 1))
        socket.send_close_stream()
        messages = list(socket)

    assert_whole(messages)


@capability("messages one by one")
async def one_by_one(there: There) -> None:
    client = AsyncDeepgramClient(api_key="a-key", **addresses(there))
    async with client.listen.v1.connect(**NOVA) as socket:
        await socket.send_media(speech(0, 1))
        await socket.send_close_stream()
        messages = [await socket.recv(), await socket.recv()]

    assert_whole(messages)


@capability("messages one by one", sync=True)
def one_by_one_sync(there: There) -> None:
    client = DeepgramClient(api_key="a-key", **addresses(there))
    with client.listen.v1.connect(**NOVA) as socket:
        socket.send_media(speech(0, 1))
        socket.send_close_stream()
        messages = [socket.recv(), socket.recv()]

    assert_whole(messages)


def assert_whole(messages: list[Any]) -> None:
    """One final with the words of the first second, then Metadata, of the SDK's own types."""
    final, metadata = messages
    assert [type(message).__name__ for message in messages] == ["ListenV1Results", "ListenV1Metadata"], messages
    assert [word.word for word in final.channel.alternatives[0].words] == words(0, 1)
    assert metadata.duration == 1.0
