"""A Toxiproxy that is reached by its address has to be in the same network: that is found out before anything is played."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from harness.faults import ProxyError
from harness.faults.addresses import text
from harness.faults.embedded import EmbeddedProxy, EmbeddedServer, ProxyPlan
from harness.faults.http_api import serve_http
from harness.faults.one_loopback import check_one_loopback
from harness.faults.toxiproxy import check_toxiproxy


class _InAnotherNetwork(EmbeddedServer):
    """Finds none of our servers, as a Toxiproxy in a container with a loopback of its own."""

    async def add(self, plan: ProxyPlan, **options: Any) -> EmbeddedProxy:
        with socket.create_server(("127.0.0.1", 0)) as free:
            nobody = free.getsockname()
        return await super().add(replace(plan, upstream=text(nobody)), **options)


async def test_a_server_beside_us_passes() -> None:
    server = EmbeddedServer()

    await check_one_loopback(server, ("127.0.0.1", 8474))

    assert server.proxies == ()
    await server.aclose()


@pytest.mark.real_time  # the library opens real sockets
async def test_a_toxiproxy_in_another_network_is_refused_with_the_ways_out() -> None:
    elsewhere = _InAnotherNetwork()
    face = await serve_http(elsewhere, port=0)

    with pytest.raises(ProxyError, match="nothing comes through it") as error:
        await check_toxiproxy(text(face.address))

    assert "--network host" in str(error.value)
    assert elsewhere.proxies == ()
    await face.aclose()
    await elsewhere.aclose()
