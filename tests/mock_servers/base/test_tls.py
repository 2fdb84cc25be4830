"""TLS as a raw client meets it: the good certificate, the three bad ones, a handshake that stalls, ends and alerts."""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from mock_servers.base.control import ControlPanel
from mock_servers.base.observer import Accepted, Closed, Seen
from mock_servers.base.protocol import Request
from mock_servers.base.server import MockServer
from mock_servers.base.tls import Certificates, certificate_for
from mock_servers.base.trouble import BadCertificate, CertificateFault, Stall, Unsupported
from tests.support.parrot import Parrot

CERTIFICATES = Certificates("127.0.0.1", "localhost")

# OpenSSL's verdicts on a certificate (x509_vfy.h).
HAS_EXPIRED, SELF_SIGNED_IN_CHAIN, NO_ISSUER, IP_MISMATCH = 10, 19, 20, 64

CLIENT_HELLO, ALERT = 22, 21


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=CERTIFICATES.authority.decode())


def careless() -> ssl.SSLContext:
    unchecked = trusting()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    return unchecked


@asynccontextmanager
async def serving(tls: Certificates | ssl.SSLContext | None = CERTIFICATES, **how: object) -> AsyncIterator[MockServer]:
    async with MockServer(Parrot(), tls=tls, **how) as server:  # type: ignore[arg-type]
        yield server


async def shown(server: MockServer) -> x509.Certificate:
    """The certificate that a client is shown, whatever is wrong with it."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=careless())
    wrapped = writer.get_extra_info("ssl_object")
    writer.close()
    return x509.load_der_x509_certificate(wrapped.getpeercert(binary_form=True))


async def refusal(server: MockServer) -> ssl.SSLCertVerificationError:
    """Why a client that checks what it is shown ends the handshake."""
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        await asyncio.open_connection("127.0.0.1", server.port, ssl=trusting())
    return refused.value


def names_on(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def wss(server: MockServer) -> connect:
    return connect(f"wss://127.0.0.1:{server.port}/live", ssl=trusting(), close_timeout=1)


# ── good ─────────────────────────────────────────────────────────────────────


async def test_a_session_over_tls() -> None:
    async with serving() as server, wss(server) as websocket:
        assert json.loads(await websocket.recv())["type"] == "hello"
        await websocket.send('{"type": "say", "text": "hi"}')
        assert json.loads(await websocket.recv())["text"] == "hi"


async def test_bare_settings_do_as_well() -> None:
    server_side, authority = certificate_for("127.0.0.1")
    trust = ssl.create_default_context(cadata=authority.decode())
    async with serving(server_side) as server, connect(f"wss://127.0.0.1:{server.port}/live", ssl=trust) as websocket:
        assert json.loads(await websocket.recv())["type"] == "hello"


async def test_megabytes_come_through_in_order() -> None:
    async with serving() as server, wss(server) as websocket:
        await websocket.recv()
        await websocket.send('{"type": "flood", "kilobytes": 2000}')

        assert {len(json.loads(await websocket.recv())["text"]) for _ in range(2000)} == {1024}


async def test_a_connection_in_its_handshake_goes_with_its_server() -> None:
    async with serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.sleep(0.1)

    assert await reader.read() == b""
    writer.close()


async def test_a_handshake_that_never_ends_is_ended() -> None:
    async with serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"\x16\x03\x01\x02\x00")

        async with asyncio.timeout(80):
            assert await reader.read() == b""
        writer.close()


async def test_plain_http_is_turned_away() -> None:
    async with serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()

    assert answer == b""


async def test_the_end_of_a_session_is_told_in_tls_and_in_tcp() -> None:
    async with serving() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=trusting())
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        assert (await reader.read()).startswith(b"HTTP/1.1 404")
        writer.close()


async def test_a_reset_is_a_reset_under_tls_too() -> None:
    async with serving() as server, wss(server) as websocket:
        await websocket.recv()
        await websocket.send('{"type": "cut"}')
        with pytest.raises(ConnectionClosedError) as closed:
            await websocket.recv()

    assert isinstance(closed.value.__cause__, ConnectionResetError)


async def test_a_client_that_goes_without_a_close_frame_is_noticed() -> None:
    seen: list[Seen] = []
    async with serving(observer=seen.append) as server:
        async with asyncio.timeout(5):
            websocket = await wss(server)
            websocket.transport.close()
            await websocket.wait_closed()
            await asyncio.sleep(0.1)

    assert seen[-1] == Closed(connection=1, code=1006, by="client")


@settings(deadline=None, max_examples=200)
@given(junk=st.binary(min_size=1, max_size=400), as_handshake=st.booleans())
async def test_junk_ends_its_own_connection_and_no_other(junk: bytes, as_handshake: bool) -> None:
    if as_handshake:
        junk = struct.pack("!BHH", CLIENT_HELLO, 0x0301, len(junk)) + junk
    async with serving() as server, wss(server) as neighbour:
        await neighbour.recv()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(junk)
        writer.write_eof()
        await reader.read()
        writer.close()
        await neighbour.send('{"type": "say", "text": "still here"}')

        assert json.loads(await neighbour.recv())["text"] == "still here"


# ── bad certificates ─────────────────────────────────────────────────────────


async def test_an_expired_certificate_is_good_but_for_its_dates() -> None:
    async with serving() as server:
        server.trouble(BadCertificate(kind="expired"))
        certificate, refused = await shown(server), await refusal(server)

    assert certificate.not_valid_after_utc.year == 2020
    assert names_on(certificate) == ["127.0.0.1", "localhost"]
    assert refused.verify_code == HAS_EXPIRED


async def test_a_certificate_of_another_host_is_good_but_for_its_name() -> None:
    async with serving() as server:
        server.trouble(BadCertificate(kind="wrong-host"))
        certificate, refused = await shown(server), await refusal(server)

    assert certificate.not_valid_after_utc.year > 2025
    assert names_on(certificate) == ["elsewhere.invalid"]
    assert refused.verify_code == IP_MISMATCH


async def test_an_untrusted_certificate_is_good_but_for_its_authority() -> None:
    async with serving() as server:
        good = await shown(server)
        server.trouble(BadCertificate(kind="untrusted"))
        certificate, refused = await shown(server), await refusal(server)

    assert certificate.not_valid_after_utc.year > 2025
    assert names_on(certificate) == ["127.0.0.1", "localhost"]
    assert certificate.issuer != good.issuer
    assert refused.verify_code in (NO_ISSUER, SELF_SIGNED_IN_CHAIN)


@pytest.mark.parametrize(
    ("kind", "code"),
    # RFC 8446, 6.2: certificate_expired, bad_certificate (as OpenSSL tells a wrong name), unknown_ca.
    [("expired", 45), ("wrong-host", 42), ("untrusted", 48)],
)
async def test_the_client_ends_the_handshake_with_an_alert(kind: CertificateFault, code: int) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # there alerts travel in the clear
    client = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    async with serving() as server:
        server.trouble(BadCertificate(kind=kind))
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        refused: ssl.SSLError | None = None
        while refused is None:
            try:
                client.do_handshake()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(65536))
            except ssl.SSLError as error:
                refused = error
        alert = outgoing.read()
        writer.write(alert)

        assert (alert[0], alert[-1]) == (ALERT, code)
        assert await reader.read() == b""
        writer.close()


async def test_connections_that_live_go_on_and_later_ones_are_shown_the_bad_one() -> None:
    async with serving() as server, wss(server) as before:
        await before.recv()
        bad = server.trouble(BadCertificate(kind="expired"))
        await refusal(server)
        await before.send('{"type": "say", "text": "me too"}')

        assert json.loads(await before.recv())["text"] == "me too"
        assert bad.hits == 1


async def test_the_good_certificate_is_back_once_the_trouble_is_lifted() -> None:
    async with serving() as server:
        bad = server.trouble(BadCertificate(kind="expired"))
        await refusal(server)
        await bad.lift()

        async with wss(server) as websocket:
            assert json.loads(await websocket.recv())["type"] == "hello"


async def test_after_its_times_the_good_certificate_is_back() -> None:
    async with serving() as server:
        server.trouble(BadCertificate(kind="untrusted"), times=2)
        await refusal(server)
        await refusal(server)

        async with wss(server) as websocket:
            assert json.loads(await websocket.recv())["type"] == "hello"


async def test_a_client_that_checks_nothing_goes_on() -> None:
    async with serving() as server:
        server.trouble(BadCertificate(kind="expired"))
        async with connect(f"wss://127.0.0.1:{server.port}/live", ssl=careless()) as websocket:
            assert json.loads(await websocket.recv())["type"] == "hello"


# ── a handshake that stalls ──────────────────────────────────────────────────


async def test_a_stalled_handshake_is_silence() -> None:
    seen: list[Seen] = []
    async with serving(observer=seen.append) as server:
        stall = server.trouble(Stall(phase="tls"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(300):
                await asyncio.open_connection("127.0.0.1", server.port, ssl=trusting(), ssl_handshake_timeout=3600)

    assert (stall.hits, seen) == (1, [Accepted(connection=1)])


async def test_a_stalled_handshake_goes_on_when_it_is_lifted() -> None:
    async with serving() as server:
        stall = server.trouble(Stall(phase="tls"))
        asyncio.get_running_loop().call_later(4, stall.lift_now)

        async with wss(server) as websocket:
            assert json.loads(await websocket.recv())["type"] == "hello"
        assert asyncio.get_running_loop().time() >= 4


# ── what cannot be done ──────────────────────────────────────────────────────


async def test_a_server_without_tls_has_no_certificate_to_show() -> None:
    async with serving(None) as server:
        with pytest.raises(Unsupported, match="serve it with --tls"):
            server.trouble(BadCertificate(kind="expired"))
        with pytest.raises(Unsupported, match="speaks no TLS"):
            server.trouble(Stall(phase="tls"))


async def test_bare_settings_make_no_bad_certificates() -> None:
    async with serving(CERTIFICATES.good) as server:
        with pytest.raises(Unsupported, match="no certificates of its own"):
            server.trouble(BadCertificate(kind="expired"))


async def test_bad_certificates_are_ordered_over_the_control_port() -> None:
    async with serving() as server:
        body = json.dumps({"do": {"bad_certificate": {"kind": "expired"}}, "on": "next", "times": 1}).encode()
        answer = ControlPanel(server).asked(Request(method="POST", path="/trouble", body=body), 0.0)

        assert answer.status == 201  # type: ignore[union-attr]
        assert (await refusal(server)).verify_code == HAS_EXPIRED
