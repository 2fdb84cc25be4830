"""One body, every backend: what happens to connections and bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from harness.faults.proxy import Proxy, ProxyError, ProxyServer, Stream, ToxicSpec
from tests.support.ends import End, Upstream, connect, upstream

Opened = Callable[[], AbstractAsyncContextManager[ProxyServer]]
Lasts = Callable[[float, float], None]


def toxic(type: str, stream: Stream = "downstream", *, toxicity: float = 1.0, **attributes: int) -> ToxicSpec:
    return ToxicSpec(name=f"{type}_{stream}", type=type, stream=stream, attributes=attributes, toxicity=toxicity)


@asynccontextmanager
async def one_proxy(opened: Opened, *, resettable: bool = False) -> AsyncIterator[tuple[Proxy, Upstream]]:
    async with opened() as server, upstream() as origin:
        yield await server.create("one", origin.address, resettable=resettable), origin


async def a_call(proxy: Proxy, origin: Upstream) -> tuple[End, End]:
    """A connection through the proxy over which a byte has gone each way, so that it is all set up."""
    client = await origin.client_of(proxy.listen)
    server = await origin.accepted()
    client.send(b"?")
    await server.got(1)
    server.send(b"!")
    await client.got(1)
    client.data.clear()
    server.data.clear()
    return client, server


async def an_idle_call(proxy: Proxy, origin: Upstream) -> tuple[End, End]:
    client = await origin.client_of(proxy.listen)
    return client, await origin.accepted()


def now() -> float:
    return asyncio.get_running_loop().time()


async def refused(proxy: Proxy) -> bool:
    try:
        (await connect(proxy.listen)).close()
    except ConnectionRefusedError:
        return True
    return False


# ── connections ──────────────────────────────────────────────────────────────


async def test_bytes_go_up_unchanged(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        data = bytes(range(256)) * 400

        client.send(data)

        assert await server.got(len(data)) == data


async def test_bytes_go_down_unchanged(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        data = bytes(range(256)) * 400

        server.send(data)

        assert await client.got(len(data)) == data


async def test_a_clients_half_close_is_a_full_close(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        client.hang_up()

        assert (await server.end(), await client.end()) == ("FIN", "FIN")


async def test_the_answer_to_a_half_closed_client_is_lost(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        client.hang_up()
        await server.end()
        await client.end()

        server.send(b"too late")
        await asyncio.sleep(0.05)

        assert client.data == b""


async def test_a_servers_half_close_reaches_the_client_after_the_data(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        server.send(b"last words")
        server.hang_up()

        assert (await client.end(), bytes(client.data)) == ("FIN", b"last words")


async def test_a_clients_reset_reaches_the_server_as_a_close(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        client.reset()

        assert await server.end() == "FIN"


async def test_a_servers_reset_reaches_the_client_as_a_close(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        server.reset()

        assert await client.end() == "FIN"


async def test_behind_an_upstream_that_refuses_a_client_connects_and_is_hung_up_on(fault_proxies: Opened) -> None:
    async with fault_proxies() as server, upstream() as origin:
        origin.stop()
        proxy = await server.create("nobody", origin.address)

        client = await origin.client_of(proxy.listen)

        assert await client.end() == "FIN"


async def test_disabling_closes_idle_connections_with_fin(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        await proxy.disable()

        assert (await client.end(), await server.end()) == ("FIN", "FIN")


async def test_a_disabled_proxy_refuses(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, _):
        await proxy.disable()

        assert await refused(proxy)


async def test_an_enabled_proxy_accepts_on_the_same_port(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        await proxy.disable()

        await proxy.enable()

        client, _ = await a_call(proxy, origin)
        assert client.ending is None


async def test_enabling_twice_is_enabling_once(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        await proxy.enable()
        client.send(b"still here")

        assert await server.got(10) == b"still here"


async def test_destroying_closes_the_connections(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        await proxy.destroy()

        assert (await client.end(), await server.end()) == ("FIN", "FIN")


async def test_a_destroyed_proxy_refuses(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, _):
        await proxy.destroy()

        assert await refused(proxy)


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "used"])
async def test_connections_can_be_reset(fault_proxies: Opened, idle: bool) -> None:
    async with one_proxy(fault_proxies, resettable=True) as (proxy, origin):
        client, server = await (an_idle_call if idle else a_call)(proxy, origin)
        if idle:
            await asyncio.sleep(0.1)  # the server's end is there a moment before the proxy's link is

        await proxy.reset_connections()

        assert (await client.end(), await server.end()) == ("RST", "RST")


async def test_a_proxy_accepts_after_a_reset(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies, resettable=True) as (proxy, origin):
        await a_call(proxy, origin)

        await proxy.reset_connections()

        client, _ = await a_call(proxy, origin)
        assert client.ending is None


async def test_only_a_resettable_proxy_resets(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, _):
        with pytest.raises(ProxyError, match="resettable=True"):
            await proxy.reset_connections()


async def test_closing_connections_sends_fin(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        await proxy.close_connections()

        assert (await client.end(), await server.end()) == ("FIN", "FIN")


async def test_a_proxy_accepts_after_closing_its_connections(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        await a_call(proxy, origin)

        await proxy.close_connections()

        client, _ = await a_call(proxy, origin)
        assert client.ending is None


async def test_refusing_alone_is_offered_or_refused_with_a_reason(fault_proxies: Opened) -> None:
    async with fault_proxies() as server, upstream() as origin:
        proxy = await server.create("one", origin.address)
        client, at_server = await a_call(proxy, origin)

        if not server.can_refuse_alone:
            with pytest.raises(ProxyError, match="use the embedded proxy"):
                await proxy.refuse()
            return
        await proxy.refuse()

        assert await refused(proxy)
        client.send(b"still here")
        assert await at_server.got(10) == b"still here"
        await proxy.accept_again()
        assert not await refused(proxy)


# ── toxics ───────────────────────────────────────────────────────────────────


async def test_latency_delays_a_live_connection(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", latency=300))

        began = now()
        server.send(b"x")
        await client.got(1)

        lasts(now() - began, 0.3)


async def test_latency_holds_on_a_connection_made_under_it(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        await proxy.add_toxic(toxic("latency", "upstream", latency=300))
        client, server = await an_idle_call(proxy, origin)

        began = now()
        client.send(b"x")
        await server.got(1)

        lasts(now() - began, 0.3)


async def test_a_toxic_of_one_direction_leaves_the_other_alone(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", "upstream", latency=3000))

        began = now()
        server.send(b"x")
        await client.got(1)

        lasts(now() - began, 0.0)


async def test_latency_keeps_the_order(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", latency=20, jitter=20))

        for number in range(50):
            server.send(bytes([number]))
            await asyncio.sleep(0.002)

        assert await client.got(50) == bytes(range(50))


async def test_two_latencies_add_up_for_a_single_message(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", latency=150))
        await proxy.add_toxic(
            ToxicSpec(name="second", type="latency", stream="downstream", attributes={"latency": 150})
        )

        began = now()
        server.send(b"x")
        await client.got(1)

        lasts(now() - began, 0.3)


async def test_lifting_latency_lets_go_of_what_it_holds(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", latency=4000))
        began = now()
        for number in range(5):
            server.send(bytes([number]))
            await asyncio.sleep(0.02)

        await proxy.remove_toxic("latency_downstream")

        assert await client.got(5) == bytes(range(5))
        lasts(now() - began, 0.1)


async def test_an_update_is_in_force_for_what_comes_after_it(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("latency", latency=4000))

        await proxy.update_toxic("latency_downstream", attributes={"latency": 200})
        began = now()
        server.send(b"x")
        await client.got(1)

        lasts(now() - began, 0.2)


async def test_bandwidth_is_kept(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("bandwidth", rate=20))

        began = now()
        server.send(bytes(10_000))
        await client.got(10_000)

        lasts(now() - began, 0.5)


async def test_bandwidth_of_nothing_holds_everything_until_it_is_lifted(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("bandwidth", rate=0))
        server.send(b"held")
        await asyncio.sleep(0.2)
        assert client.data == b""

        await proxy.remove_toxic("bandwidth_downstream")

        assert await client.got(4) == b"held"


async def test_slow_close_delays_the_end_of_its_direction(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("slow_close", delay=300))

        began = now()
        server.hang_up()
        assert await client.end() == "FIN"

        lasts(now() - began, 0.3)


async def test_slow_close_below_holds_a_client_that_hung_up_itself(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("slow_close", delay=300))

        began = now()
        client.hang_up()
        assert await server.end() == "FIN"
        lasts(now() - began, 0.0)
        assert await client.end() == "FIN"

        lasts(now() - began, 0.3)


async def test_timeout_closes_a_silent_connection(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)

        began = now()
        await proxy.add_toxic(toxic("timeout", timeout=300))
        assert (await client.end(), await server.end()) == ("FIN", "FIN")

        lasts(now() - began, 0.3)


async def test_timeout_drops_bytes(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("timeout", timeout=0))

        server.send(b"lost")
        await asyncio.sleep(0.1)

        assert (client.data, client.ending) == (b"", None)


async def test_lifting_a_timeout_closes_the_connection(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("timeout", timeout=0))

        await proxy.remove_toxic("timeout_downstream")

        assert (await client.end(), await server.end()) == ("FIN", "FIN")


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("timeout", [0, 60_000])
async def test_a_peer_that_hangs_up_is_heard_through_a_black_hole(
    fault_proxies: Opened, who: str, timeout: int
) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("timeout", "upstream", timeout=timeout))
        await proxy.add_toxic(toxic("timeout", "downstream", timeout=timeout))

        (client if who == "client" else server).hang_up()

        assert (await client.end(), await server.end()) == ("FIN", "FIN")


async def test_a_peer_that_resets_is_heard_through_a_black_hole_as_a_close(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("timeout", "upstream", timeout=0))
        await proxy.add_toxic(toxic("timeout", "downstream", timeout=0))

        client.reset()

        assert await server.end() == "FIN"


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
async def test_reset_peer_resets_both_ends_after_the_first_bytes(
    fault_proxies: Opened, lasts: Lasts, stream: Stream
) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        await proxy.add_toxic(toxic("reset_peer", stream, timeout=200))
        client, server = await an_idle_call(proxy, origin)
        await asyncio.sleep(0.1)
        assert (client.ending, server.ending) == (None, None)

        began = now()
        (client if stream == "upstream" else server).send(b"x")
        assert (await client.end(), await server.end()) == ("RST", "RST")

        lasts(now() - began, 0.2)


async def test_a_reset_peer_of_toxicity_nought_turns_every_close_into_a_reset(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        await proxy.add_toxic(toxic("reset_peer", toxicity=0.0))
        client, server = await a_call(proxy, origin)

        client.hang_up()

        assert (await server.end(), await client.end()) == ("RST", "RST")


async def test_slicer_keeps_the_bytes(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("slicer", average_size=64, size_variation=32, delay=10))
        data = bytes(range(256)) * 16

        server.send(data)

        assert await client.got(len(data)) == data


async def test_slicer_rests_between_pieces(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("slicer", average_size=1, delay=50_000))

        began = now()
        server.send(b"abcdef")
        await client.got(6)

        lasts(now() - began, 0.25)


async def test_limit_data_passes_its_bytes_and_closes(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("limit_data", bytes=5))

        server.send(b"1234567")

        assert (await client.end(), bytes(client.data)) == ("FIN", b"12345")
        assert await server.end() in ("FIN", "RST")


async def test_limit_data_closes_as_soon_as_the_last_byte_has_passed(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("limit_data", bytes=5))

        server.send(b"12345")

        assert (await client.end(), await server.end(), bytes(client.data)) == ("FIN", "FIN", b"12345")


async def test_noop_changes_nothing(fault_proxies: Opened, lasts: Lasts) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        client, server = await a_call(proxy, origin)
        await proxy.add_toxic(toxic("noop"))

        began = now()
        server.send(b"x")
        await client.got(1)

        lasts(now() - began, 0.0)


async def test_a_toxicity_of_nought_hits_nobody(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        await proxy.add_toxic(toxic("timeout", toxicity=0.0, timeout=0))

        client, _ = await a_call(proxy, origin)
        assert client.ending is None


async def test_a_toxicity_of_a_half_hits_some(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, origin):
        await proxy.add_toxic(toxic("limit_data", "downstream", toxicity=0.5, bytes=1))
        hit = 0
        for _ in range(40):
            client, server = await an_idle_call(proxy, origin)
            server.send(b"abc")
            await client.got(3)
            hit += len(client.data) < 3
            client.close()

        assert 5 <= hit <= 35


# ── errors ───────────────────────────────────────────────────────────────────


async def test_a_name_is_given_once(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, _):
        await proxy.add_toxic(toxic("latency"))

        with pytest.raises(ProxyError, match="toxic already exists") as error:
            await proxy.add_toxic(toxic("latency"))
        assert error.value.status == 409


async def test_two_proxies_cannot_have_one_name(fault_proxies: Opened) -> None:
    async with fault_proxies() as server:
        await server.create("one", ("127.0.0.1", 1))

        with pytest.raises(ProxyError, match="proxy already exists") as error:
            await server.create("one", ("127.0.0.1", 1))
        assert error.value.status == 409


async def test_an_unknown_toxic_type_is_refused(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, _):
        with pytest.raises(ProxyError, match="invalid toxic type") as error:
            await proxy.add_toxic(toxic("latencee"))
        assert error.value.status == 400


async def test_a_toxic_that_is_not_there_cannot_be_lifted(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, _):
        with pytest.raises(ProxyError, match="toxic not found") as error:
            await proxy.remove_toxic("nobody")
        assert error.value.status == 404


async def test_a_toxic_that_is_not_there_cannot_be_updated(fault_proxies: Opened) -> None:
    async with one_proxy(fault_proxies) as (proxy, _):
        with pytest.raises(ProxyError, match="toxic not found"):
            await proxy.update_toxic("nobody", attributes={})


async def test_names_with_odd_letters_can_be_addressed(fault_proxies: Opened) -> None:
    async with fault_proxies() as server:
        proxy = await server.create("ünï #1? 50%", ("127.0.0.1", 1))

        await proxy.add_toxic(toxic("latency"))
        await proxy.remove_toxic("latency_downstream")
        await proxy.destroy()

        assert await refused(proxy)
