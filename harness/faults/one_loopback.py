"""Whether a Toxiproxy that somebody else runs shares this machine's loopback: without that nothing gets through it."""

from __future__ import annotations

import asyncio
import secrets

from harness.faults import addresses
from harness.faults.proxy import Address, ProxyError, ProxyServer

__all__ = ["check_one_loopback"]

PASSES_WITHIN_S = 5.0


async def check_one_loopback(server: ProxyServer, address: Address) -> None:
    """Send a word through a proxy of `server` to a listener of our own, both on loopback.

    A Toxiproxy in a container with a network of its own answers its API like any other. But its proxies listen on the
    container's loopback, and look for our servers there: every call would fail, and the client would be blamed.

    Raises:
        ProxyError: If the word does not arrive; the message says how the two get one network.
    """
    word = secrets.token_hex(8).encode()

    async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(word)
        writer.close()

    async with await asyncio.start_server(tell, addresses.LOOPBACK, 0) as listener:
        upstream: Address = listener.sockets[0].getsockname()
        # Processes that play side by side share the server, and each of them looks.
        proxy = await server.create(f"deadair-looks-{word.decode()}", upstream)
        try:
            if await _heard(proxy.listen) != word:
                raise ProxyError(_advice(address))
        finally:
            await proxy.destroy()


async def _heard(listen: Address) -> bytes:
    try:
        async with asyncio.timeout(PASSES_WITHIN_S):
            reader, writer = await asyncio.open_connection(*listen)
            try:
                return await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""


def _advice(address: Address) -> str:
    return (
        f"Toxiproxy at {addresses.text(address)} answers, but nothing comes through it: it is in another network, and "
        "deadair's servers listen on loopback alone.\n"
        "Start it with '--network host', or give both containers one network ('network_mode: service:toxiproxy'); or write "
        "the path of toxiproxy-server into DEADAIR_TOXIPROXY, and deadair starts it itself. See ci/README.md."
    )
