"""Where a key comes from, and that it is told to nobody."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from providers.base import ConnectionFailed, SessionConfig
from providers.credentials import KEY_TIMEOUT_S, Credential, Secrets
from providers.deepgram import DeepgramSegmentedProvider
from tests.support.listener import Listener
from tests.support.scripted_server import Peer, ScriptedServer


async def fresh(source: object) -> str:
    return await Credential(source, Secrets()).fresh()  # type: ignore[arg-type]


async def test_a_text_is_the_key() -> None:
    assert await fresh("sk-1") == "sk-1"


async def test_a_function_is_asked_each_time() -> None:
    numbers = itertools.count(1)
    credential = Credential(lambda: f"sk-{next(numbers)}", Secrets())

    assert [await credential.fresh(), await credential.fresh()] == ["sk-1", "sk-2"]


async def test_a_function_may_be_a_coroutine() -> None:
    async def source() -> str:
        await asyncio.sleep(1)
        return "sk-late"

    assert await fresh(source) == "sk-late"


async def test_what_a_function_gave_is_hidden_wherever_it_is_repeated() -> None:
    secrets = Secrets("sk-text")
    await Credential(lambda: "sk-text-1", secrets).fresh()

    assert secrets.hidden("sk-text, and sk-text-1.") == "[hidden], and [hidden]."


def raises() -> str:
    raise OSError("the token server is down")


async def hangs() -> str:
    return await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (raises, "no key could be had: OSError: the token server is down"),
        (hangs, f"no key could be had within {KEY_TIMEOUT_S:g} s"),
        (lambda: None, "no key could be had: the function gave NoneType, not a text"),
    ],
    ids=["raises", "hangs", "gives nothing"],
)
async def test_a_key_that_cannot_be_had_is_a_failed_attempt(source: object, says: str) -> None:
    with pytest.raises(ConnectionFailed) as failed:
        await fresh(source)

    assert failed.value.cause.says == says


async def test_an_attempt_without_a_key_is_followed_by_the_next_one() -> None:
    """One failure of the token server is an ordinary failure."""
    keys = iter(["dg-1", None, "dg-2"])
    shown: list[str] = []

    async def cut(peer: Peer) -> None:
        shown.append(peer.headers["Authorization"])
        await asyncio.sleep(1)
        peer.cut()

    async def stay(peer: Peer) -> None:
        shown.append(peer.headers["Authorization"])
        await peer.hear_on()

    async with ScriptedServer(cut, stay) as server:
        provider = DeepgramSegmentedProvider(lambda: next(keys), "llm", deepgram_stt_url=server.url)  # type: ignore[arg-type,return-value]
        async with Listener(provider, SessionConfig()) as heard:
            back = await heard.hears("connection.reconnected")

    assert (back.data["attempts"], shown) == (2, ["Token dg-1", "Token dg-2"])
