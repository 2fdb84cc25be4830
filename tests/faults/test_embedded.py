"""The embedded server on its own: what it offers beyond Toxiproxy, and what it does better (README.md, deviations)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from harness.engines.virtual_time.loop import VirtualLoop
from harness.faults import EmbeddedProxy, EmbeddedServer, ProxyError, Stream, ToxicSpec
from harness.faults.embedded import PopulateError, ProxyPlan
from tests.support.ends import End, Upstream, upstream


def toxic(type: str, stream: Stream = "downstream", *, toxicity: float = 1.0, **attributes: int) -> ToxicSpec:
    return ToxicSpec(name=f"{type}_{stream}", type=type, stream=stream, attributes=attributes, toxicity=toxicity)


@asynccontextmanager
async def one_proxy(seed: int = 0) -> AsyncIterator[tuple[EmbeddedProxy, Upstream]]:
    server = EmbeddedServer(seed=seed)
    async with upstream() as origin:
        try:
            yield await server.create("one", origin.address, resettable=True), origin
        finally:
            await server.aclose()


async def a_call(proxy: EmbeddedProxy, origin: Upstream) -> tuple[End, End]:
    client, server = await origin.client_of(proxy.listen), await origin.accepted()
    await asyncio.sleep(0.01)  # the server has its end a moment before the proxy has
    return client, server


def now() -> float:
    return asyncio.get_running_loop().time()


# ── deviations from Toxiproxy ────────────────────────────────────────────────


async def test_a_client_that_does_not_read_keeps_no_control_call_waiting() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)
        client.transport.pause_reading()
        server.send(bytes(20_000_000))
        await asyncio.sleep(1)

        began = now()
        await proxy.add_toxic(toxic("latency", latency=100))
        await proxy.update_toxic("latency_downstream", attributes={"latency": 50})
        await proxy.remove_toxic("latency_downstream")
        await proxy.disable()

        assert now() - began < 0.01


async def test_a_proxy_whose_client_does_not_read_serves_others() -> None:
    async with one_proxy() as (proxy, origin):
        stuck, flooding = await a_call(proxy, origin)
        stuck.transport.pause_reading()
        flooding.send(bytes(20_000_000))
        await asyncio.sleep(1)
        await proxy.add_toxic(toxic("latency", latency=100))

        client, server = await a_call(proxy, origin)
        server.send(b"hello")

        assert await client.got(5) == b"hello"


async def test_a_timeout_fires_while_data_flows() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("timeout", timeout=500))
        began = now()

        while client.ending is None and now() - began < 4:
            server.send(b"x")
            await asyncio.sleep(0.02)

        assert client.ended_at == pytest.approx(began + 0.5, abs=0.001)


async def test_a_reset_peer_added_to_a_live_connection_resets_it() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("reset_peer", timeout=0))

        server.send(b"x")

        assert (await client.end(), await server.end()) == ("RST", "RST")


async def test_two_latencies_add_up_for_a_stream_of_frames() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", latency=100))
        await proxy.add_toxic(
            ToxicSpec(name="second", type="latency", stream="downstream", attributes={"latency": 100})
        )
        began = now()

        for _ in range(20):
            server.send(b"x")
            await asyncio.sleep(0.02)
        await client.got(20)

        assert now() - began == pytest.approx(0.58, abs=0.002)


@pytest.mark.parametrize(
    "crashing",
    [
        toxic("bandwidth", rate=-1),
        toxic("slicer"),
        toxic("slicer", average_size=-1),
        toxic("slicer", average_size=5, size_variation=6),
    ],
)
async def test_values_that_crash_toxiproxy_are_refused(crashing: ToxicSpec) -> None:
    async with one_proxy() as (proxy, _):
        with pytest.raises(ProxyError, match="invalid toxic attributes: ") as error:
            await proxy.add_toxic(crashing)
        assert error.value.status == 400


async def test_an_update_with_an_error_changes_nothing() -> None:
    async with one_proxy() as (proxy, _):
        await proxy.add_toxic(toxic("slicer", average_size=5, delay=7))

        with pytest.raises(ProxyError):
            await proxy.update_toxic("slicer_downstream", attributes={"delay": 9, "average_size": 0})

        assert proxy.toxic("slicer_downstream").toxic.attributes()["delay"] == 7


async def hit_pattern(seed: int) -> list[bool]:
    async with one_proxy(seed) as (proxy, origin):
        await proxy.add_toxic(toxic("limit_data", toxicity=0.5, bytes=0))
        hits = []
        for _ in range(24):
            client, server = await a_call(proxy, origin)
            server.send(b"x")
            hits.append(await client.got(1) == b"")
        return hits


async def test_the_seed_decides_who_is_hit() -> None:
    assert await hit_pattern(1) == await hit_pattern(1)
    assert await hit_pattern(1) != await hit_pattern(2)


async def test_an_upstream_that_swallows_the_dial_keeps_no_other_client_waiting() -> None:
    async with one_proxy() as (proxy, origin):
        network = cast(VirtualLoop, asyncio.get_running_loop()).network
        network.swallow(origin.address)
        await origin.client_of(proxy.listen)
        await asyncio.sleep(1)
        network.answer(origin.address)

        client = await origin.client_of(proxy.listen)
        client.send(b"x")
        await asyncio.sleep(0.01)

        assert b"x" in [bytes(end.data) for end in origin.ends]


async def test_disabling_does_not_wait_for_a_dial() -> None:
    async with one_proxy() as (proxy, origin):
        cast(VirtualLoop, asyncio.get_running_loop()).network.swallow(origin.address)
        waiting = await origin.client_of(proxy.listen)
        await asyncio.sleep(1)
        began = now()

        await proxy.disable()

        assert now() - began < 0.01
        assert await waiting.end() == "FIN"


async def test_a_dial_that_is_never_answered_is_given_up_after_two_minutes() -> None:
    async with one_proxy() as (proxy, origin):
        cast(VirtualLoop, asyncio.get_running_loop()).network.swallow(origin.address)
        waiting = await origin.client_of(proxy.listen)

        await asyncio.sleep(121)

        assert waiting.ended_at == pytest.approx(120, abs=0.01)


async def test_adding_toxics_does_not_roll_again_for_those_that_stand() -> None:
    async with one_proxy() as (proxy, origin):
        await proxy.add_toxic(toxic("latency", toxicity=0.5, latency=1000))
        calls = [await a_call(proxy, origin) for _ in range(16)]

        async def slow() -> list[bool]:
            for _, server in calls:
                server.send(b"x")
            await asyncio.sleep(0.5)
            slow = [not client.data for client, _ in calls]
            await asyncio.sleep(1)
            for client, _ in calls:
                client.data.clear()
            return slow

        before = await slow()
        await proxy.add_toxic(toxic("noop"))
        await proxy.remove_toxic("noop_downstream")
        await proxy.update_toxic("latency_downstream", attributes={})

        assert await slow() == before
        assert len(set(before)) == 2


async def test_a_timeout_leaves_alone_whom_it_missed_when_it_is_lifted() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("timeout", toxicity=0.0, timeout=0))

        await proxy.remove_toxic("timeout_downstream")
        server.send(b"x")

        assert await client.got(1) == b"x"


async def test_lifting_a_reset_peer_does_not_wait_for_its_time() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("reset_peer", timeout=60_000))
        server.send(b"x")
        await asyncio.sleep(1)

        began = now()
        await proxy.remove_toxic("reset_peer_downstream")

        assert await client.end() == "RST"
        assert now() - began < 0.01


async def test_a_slow_link_makes_its_sender_wait() -> None:
    async with one_proxy() as (proxy, origin):
        _, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("bandwidth", rate=16))

        # A socket takes about 4 MB before its writer notices anything, as on loopback.
        server.send(bytes(8_000_000))
        await asyncio.sleep(1)

        assert server.transport.get_write_buffer_size() > 1_000_000


async def test_only_loopback_is_listened_on() -> None:
    server = EmbeddedServer()

    with pytest.raises(ProxyError, match="not a loopback address"):
        await server.add(ProxyPlan(name="one", upstream="127.0.0.1:1", listen="10.0.0.1:0"))


# ── what it offers beyond Toxiproxy ──────────────────────────────────────────


async def test_refusing_twice_is_refusing_once() -> None:
    async with one_proxy() as (proxy, origin):
        await proxy.refuse()
        await proxy.refuse()
        await proxy.accept_again()

        client, server = await a_call(proxy, origin)
        server.send(b"x")

        assert await client.got(1) == b"x"


async def test_a_refusing_proxy_that_is_disabled_and_enabled_accepts() -> None:
    async with one_proxy() as (proxy, origin):
        await proxy.refuse()
        await proxy.disable()
        await proxy.accept_again()
        assert proxy.enabled is False

        await proxy.enable()

        await a_call(proxy, origin)


async def test_live_connections_are_counted_by_their_number() -> None:
    async with one_proxy() as (proxy, origin):
        first, _ = await a_call(proxy, origin)
        await a_call(proxy, origin)
        first.close()
        await asyncio.sleep(0.1)

        assert proxy.live == (2,)


async def test_bytes_sent_before_the_upstream_answers_arrive() -> None:
    async with one_proxy() as (proxy, origin):
        client = await origin.client_of(proxy.listen)
        client.send(b"early")

        assert await (await origin.accepted()).got(5) == b"early"


async def test_a_connection_of_which_nothing_moves_ends_with_its_proxy() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("bandwidth", rate=0))
        server.send(b"held")
        server.close()
        await asyncio.sleep(10)
        assert client.ending is None

        await proxy.destroy()

        assert await client.end() == "FIN"


async def test_closing_the_server_leaves_no_connection() -> None:
    server = EmbeddedServer()
    async with upstream() as origin:
        proxy = await server.create("one", origin.address)
        client, at_server = await a_call(proxy, origin)

        await server.aclose()

        assert (await client.end(), await at_server.end(), proxy.live, server.proxies) == ("FIN", "FIN", (), ())


async def test_closing_twice_does_nothing() -> None:
    server = EmbeddedServer()
    await server.create("one", ("127.0.0.1", 1))

    await server.aclose()
    await server.aclose()

    assert server.proxies == ()


# ── updates, populate, reset ─────────────────────────────────────────────────


async def test_a_new_upstream_closes_the_live_connections() -> None:
    async with one_proxy() as (proxy, origin):
        client, _ = await a_call(proxy, origin)

        await proxy.update(upstream="127.0.0.1:2")

        assert await client.end() == "FIN"


async def test_the_same_addresses_in_other_words_change_nothing() -> None:
    async with one_proxy() as (proxy, origin):
        client, server = await a_call(proxy, origin)

        await proxy.update(listen=f"localhost:{proxy.listen[1]}")
        server.send(b"x")

        assert await client.got(1) == b"x"


async def test_a_new_address_that_is_taken_leaves_the_proxy_disabled() -> None:
    async with one_proxy() as (proxy, origin):
        taken = f"127.0.0.1:{origin.address[1]}"

        with pytest.raises(ProxyError, match="address already in use"):
            await proxy.update(listen=taken)

        assert (proxy.enabled, proxy.listen_text) == (False, taken)


async def test_populate_keeps_a_proxy_that_is_the_same_with_its_toxics() -> None:
    server = EmbeddedServer()
    (proxy,) = await server.populate([ProxyPlan(name="a", upstream="127.0.0.1:1")])
    await proxy.add_toxic(toxic("latency"))

    (again,) = await server.populate([ProxyPlan(name="a", upstream="127.0.0.1:1", listen=proxy.listen_text)])

    assert (again is proxy, len(again.toxics)) == (True, 1)
    await server.aclose()


async def test_populate_replaces_a_proxy_that_differs() -> None:
    server = EmbeddedServer()
    (proxy,) = await server.populate([ProxyPlan(name="a", upstream="127.0.0.1:1")])
    await proxy.add_toxic(toxic("latency"))

    (again,) = await server.populate([ProxyPlan(name="a", upstream="127.0.0.1:2", listen=proxy.listen_text)])

    assert (again is proxy, len(again.toxics), again.listen) == (False, 0, proxy.listen)
    await server.aclose()


async def test_populate_tells_what_was_done_before_it_failed() -> None:
    server = EmbeddedServer()

    with pytest.raises(PopulateError) as error:
        await server.populate(
            [
                ProxyPlan(name="a", upstream="127.0.0.1:1"),
                ProxyPlan(name="b", upstream="127.0.0.1:1", listen="abc"),
                ProxyPlan(name="c", upstream="127.0.0.1:1"),
            ]
        )

    assert [proxy.name for proxy in error.value.done] == ["a"]
    assert [proxy.name for proxy in server.proxies] == ["a"]
    await server.aclose()


async def test_reset_keeps_live_connections() -> None:
    server = EmbeddedServer()
    async with upstream() as origin:
        proxy = await server.create("one", origin.address)
        client, at_server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", latency=5000))
        at_server.send(b"x")
        await asyncio.sleep(0.1)

        await server.reset()

        assert await client.got(1) == b"x"
        assert proxy.toxics == ()
        await server.aclose()


async def test_reset_closes_connections_under_a_timeout() -> None:
    server = EmbeddedServer()
    async with upstream() as origin:
        proxy = await server.create("one", origin.address)
        client, _ = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("timeout", timeout=0))

        await server.reset()

        assert await client.end() == "FIN"
        await server.aclose()


async def test_reset_enables_what_was_disabled() -> None:
    server = EmbeddedServer()
    proxy = await server.create("one", ("127.0.0.1", 1))
    await proxy.disable()

    await server.reset()

    assert proxy.enabled
    await server.aclose()
