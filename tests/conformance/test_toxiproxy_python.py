"""toxiproxy-python, as its users have it, drives the embedded proxy without noticing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import toxiproxy
from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from harness.faults.embedded import EmbeddedServer
from harness.faults.http_api import serve_http

T = TypeVar("T")

# The library blocks and opens real sockets, so it needs a thread and the machine's clock.
pytestmark = pytest.mark.real_time


async def driven(story: Callable[[Any], T]) -> T:
    """What `story(toxiproxy.Toxiproxy())` gives, told to the embedded proxy."""
    before = APIConsumer.host, APIConsumer.port
    server = EmbeddedServer()
    face = await serve_http(server, port=0)
    client = toxiproxy.Toxiproxy()
    client.update_api_consumer(*face.address)
    try:
        return await asyncio.to_thread(story, client)
    finally:
        client.update_api_consumer(*before)
        await face.aclose()
        await server.aclose()


async def test_it_is_running() -> None:
    assert await driven(lambda client: (client.running(), client.version())) == (True, b'{"version": "2.12.0"}\n')


async def test_it_creates_a_proxy() -> None:
    def story(client: Any) -> object:
        proxy = client.create(upstream="127.0.0.1:1", name="one")
        return proxy.name, proxy.upstream, proxy.enabled, list(client.proxies())

    assert await driven(story) == ("one", "127.0.0.1:1", True, ["one"])


async def test_it_sees_that_a_proxy_exists() -> None:
    def story(client: Any) -> None:
        client.create(upstream="127.0.0.1:1", name="one")
        client.create(upstream="127.0.0.1:1", name="one")

    with pytest.raises(ProxyExists):
        await driven(story)


async def test_it_adds_toxics_of_every_kind() -> None:
    attributes: dict[str, dict[str, int]] = {
        "latency": {"latency": 5, "jitter": 1},
        "bandwidth": {"rate": 5},
        "slow_close": {"delay": 5},
        "timeout": {"timeout": 5},
        "reset_peer": {"timeout": 5},
        "slicer": {"average_size": 5, "size_variation": 1, "delay": 5},
        "limit_data": {"bytes": 5},
    }

    def story(client: Any) -> dict[str, Any]:
        proxy = client.create(upstream="127.0.0.1:1", name="one")
        for kind, values in attributes.items():
            proxy.add_toxic(type=kind, attributes=values)
        return {toxic.type: toxic.attributes for toxic in proxy.toxics().values()}

    assert await driven(story) == attributes


async def test_it_takes_a_toxic_off() -> None:
    def story(client: Any) -> object:
        proxy = client.create(upstream="127.0.0.1:1", name="one")
        proxy.add_toxic(name="slow", type="latency", attributes={"latency": 5})
        return proxy.destroy_toxic("slow"), proxy.toxics()

    assert await driven(story) == (True, {})


async def test_it_hears_of_an_invalid_toxic() -> None:
    def story(client: Any) -> None:
        client.create(upstream="127.0.0.1:1", name="one").add_toxic(type="nonsense")

    with pytest.raises(InvalidToxic, match="invalid toxic type"):
        await driven(story)


async def test_it_turns_a_proxy_off_and_on() -> None:
    def story(client: Any) -> object:
        proxy = client.create(upstream="127.0.0.1:1", name="one")
        with proxy.down():
            down = client.get_proxy("one").enabled
        return down, client.get_proxy("one").enabled

    assert await driven(story) == (False, True)


async def test_it_populates() -> None:
    def story(client: Any) -> object:
        wanted = [{"name": f"p{number}", "upstream": "127.0.0.1:1", "listen": "127.0.0.1:0"} for number in range(3)]
        return [proxy.name for proxy in client.populate(wanted)]

    assert await driven(story) == ["p0", "p1", "p2"]


async def test_it_resets() -> None:
    def story(client: Any) -> object:
        proxy = client.create(upstream="127.0.0.1:1", name="one")
        proxy.add_toxic(type="latency")
        proxy.disable()
        return client.reset(), client.get_proxy("one").enabled, proxy.toxics()

    assert await driven(story) == (True, True, {})


async def test_it_destroys_everything() -> None:
    def story(client: Any) -> object:
        for number in range(3):
            client.create(upstream="127.0.0.1:1", name=f"p{number}")
        client.destroy_all()
        return client.proxies()

    assert await driven(story) == {}


async def test_it_hears_of_a_proxy_that_is_gone() -> None:
    def story(client: Any) -> None:
        proxy = client.create(upstream="127.0.0.1:1", name="one")
        proxy.destroy()
        proxy.destroy()

    with pytest.raises(NotFound, match="proxy not found"):
        await driven(story)
