"""What the Deepgram SDK tells its user when a connection is hurt: close codes, bad frames, silence, the vendor's troubles.

A close that `websockets` takes for a good end (1000, 1001, none) comes as CLOSE alone: to the user it looks like success.
Every other one comes as ERROR with a `ConnectionClosedError`, then CLOSE.
"""

from __future__ import annotations

import json
import ssl

from websockets.exceptions import ConnectionClosedError

from tests.sdk.deepgram_hands import held
from tests.sdk.deepgram_speech import NOVA, silence, speech, words
from tests.sdk.deepgram_talk import AUDIO, Call, Clock, Pause, Talk, Trouble, connect, refused

__all__: list[str] = []

NET0000 = "Deepgram did not provide a response message within the timeout window. See https://dpgr.am/net0000"
NET0001 = "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001"


# ── close frames ─────────────────────────────────────────────────────────────


def _sees_a_good_end(name: str, code: int | None) -> None:
    @held(name)
    def sees_a_good_end() -> Talk:
        call: Call = yield connect("listen.v1", **NOVA)
        yield call.says(speech(0, 0.5))
        yield Trouble(do={"close_connection": {"code": code, "reason": "" if code is None else "see you"}})
        error = yield call.ends()

        assert error is None, error


def _sees_a_close(code: int) -> None:
    @held(f"sees close {code}")
    def sees_a_close() -> Talk:
        call: Call = yield connect("listen.v1", **NOVA)
        yield call.says(speech(0, 0.5))
        yield Trouble(do={"close_connection": {"code": code, "reason": "why it ends"}})
        error = yield call.ends()

        assert_closed(error, code, "why it ends")


_sees_a_good_end("sees close 1000", 1000)
_sees_a_good_end("sees close 1001", 1001)
_sees_a_good_end("sees a close without a status", None)
for _code in (1008, 1011, 1012, 1013, 4000):
    _sees_a_close(_code)


@held("sees a close reason of 123 bytes")
def sees_a_long_reason() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"close_connection": {"code": 1011, "reason": "é" * 100}})
    error = yield call.ends()

    assert_closed(error, 1011, "é" * 61)


# ── frames that a correct server never sends ─────────────────────────────────


@held("sees truncated-json")
def sees_truncated_json() -> Talk:
    """The listener ends with the error of the JSON reader, while the connection itself stays open."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"bad_frame": {"frame": "truncated-json"}})
    error = yield call.ends()

    assert isinstance(error, json.JSONDecodeError)
    yield call.does("send_keep_alive")


@held("sees binary-frame")
def sees_a_binary_frame() -> Talk:
    """Listen has no binary messages; the SDK hands the bytes on as they are."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"bad_frame": {"frame": "binary-frame"}})
    told = yield call.until(AUDIO)

    assert told == bytes(range(64))
    assert not call.is_over


@held("sees wrong-utf8")
def sees_wrong_utf8() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"bad_frame": {"frame": "wrong-utf8"}})
    error = yield call.ends()

    assert_hung_up(error, 1007)


@held("sees reserved-bits")
def sees_reserved_bits() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"bad_frame": {"frame": "reserved-bits"}})
    error = yield call.ends()

    assert_hung_up(error, 1002)


@held("sees masked")
def sees_a_masked_frame() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"bad_frame": {"frame": "masked"}})
    error = yield call.ends()

    assert_hung_up(error, 1002)


@held("sees oversize", transports=("virtual",), sync_transports=("ws", "wss"))
def sees_an_oversize_message() -> Talk:
    """Over 1 MiB the SDK hangs up by itself; the async client takes some 20 s over it (deepgram-sdk 7.17.0)."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"bad_frame": {"frame": "oversize"}})
    error = yield call.ends(within_s=30)

    assert_hung_up(error, 1009)


@held("sees fragmented")
def sees_a_fragmented_message() -> Talk:
    """Three fragments with a ping between them are one message."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"bad_frame": {"frame": "fragmented"}})
    told = yield call.until("Results")

    assert told.is_final is False
    assert not call.is_over


# ── TLS ──────────────────────────────────────────────────────────────────────


def _sees_a_bad_certificate(kind: str, why: str) -> None:
    @held(f"sees tls {kind}", transports=("wss",))
    def sees_a_bad_certificate() -> Talk:
        yield Trouble(do={"bad_certificate": {"kind": kind}}, on="next", times=1)
        raised = yield refused(connect("listen.v1", **NOVA))
        call: Call = yield connect("listen.v1", **NOVA)

        assert isinstance(raised, ssl.SSLCertVerificationError), repr(raised)
        assert why in raised.verify_message
        assert not call.is_over


_sees_a_bad_certificate("expired", "certificate has expired")
_sees_a_bad_certificate("wrong-host", "IP address mismatch")
_sees_a_bad_certificate("untrusted", "unable to get local issuer certificate")


@held("sees tls stall", transports=("virtual",))
def sees_tls_stall() -> Talk:
    """The opening is given up after 10 s."""
    yield Trouble(do={"stall": {"phase": "tls"}}, on="next", times=1)
    began_s = yield Clock()
    raised = yield refused(connect("listen.v1", **NOVA))
    lasted_s = (yield Clock()) - began_s

    assert type(raised) is TimeoutError, repr(raised)
    assert abs(lasted_s - 10) < 0.1, lasted_s


# ── silence ──────────────────────────────────────────────────────────────────


@held("sees mute pings", transports=("virtual",))
def sees_mute_pings() -> Talk:
    """`websockets` pings every 20 s, waits 20 s for the pong, and hangs up with 1011 of its own."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 1) + silence(0.5))
    yield call.until("Results")
    yield Trouble(do="mute_pings")
    for _ in range(12):
        yield call.does("send_keep_alive")
        yield Pause(4.0)
        if call.is_over:
            break
    error = yield call.ends(within_s=30)

    assert_hung_up(error, 1011)


@held("sees late pongs", transports=("virtual",))
def sees_late_pongs() -> Talk:
    """Pongs that come within 20 s do no harm."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 1) + silence(0.5))
    yield call.until("Results")
    yield Trouble(do={"delay_pongs": {"delay_s": 15}})
    for _ in range(30):
        yield call.does("send_keep_alive")
        yield Pause(4.0)

    assert not call.is_over, call.told()


@held("sees an upgrade without a byte behind it", transports=("virtual",))
def sees_a_mute_server() -> Talk:
    yield Trouble(do={"stall": {"phase": "upgrade"}}, on="next", times=1)
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 2))
    error = yield call.ends(within_s=70)

    assert call.messages == []
    assert_hung_up(error, 1011)


@held("sees a close that is never finished", transports=("virtual",))
def sees_a_close_that_is_never_finished() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"close_connection": {"code": 1011, "reason": "and then nothing", "never_answer": True}})
    error = yield call.ends(within_s=60)

    assert_closed(error, 1011, "and then nothing")


# ── the vendor's own troubles ────────────────────────────────────────────────


@held("sees net0000")
def sees_net0000() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"provider_error": {"code": "net0000"}})
    error = yield call.ends()

    assert_closed(error, 1011, NET0000)


@held("sees net0001")
def sees_net0001() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"provider_error": {"code": "net0001"}})
    error = yield call.ends()

    assert call.kinds == ["Metadata"]
    assert_closed(error, 1011, NET0001)


@held("sees DATA-0000")
def sees_data0000() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"provider_error": {"code": "DATA-0000"}})
    error = yield call.ends()

    assert error.rcvd.code == 1008
    assert "DATA-0000" in error.rcvd.reason


@held("is hung up on after 12 s without a frame", transports=("virtual",))
def hung_up_on_when_idle() -> Talk:
    """Pings do not count; the 12 s are those of a public capture of 2026-08-25."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield Pause(11.9)
    assert not call.is_over
    error = yield call.ends(within_s=0.2)

    assert call.kinds == ["Metadata"]
    assert call.messages[0].duration == 0
    assert_closed(error, 1011, NET0001)


@held("is hung up on when it says nothing", settings={"idle_s": 0.5})
def hung_up_on_at_once() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    error = yield call.ends()

    assert call.kinds == ["Metadata"]
    assert_closed(error, 1011, NET0001)


@held("is hung up on after 30 s of KeepAlive alone", transports=("virtual",))
def hung_up_on_without_audio() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    for _ in range(7):
        yield Pause(4.0)
        yield call.does("send_keep_alive")
    assert not call.is_over
    error = yield call.ends(within_s=2.1)

    assert call.messages == []
    assert_closed(error, 1011, NET0000)


@held("sees undecodable audio end in silence", transports=("virtual",))
def sees_undecodable_audio() -> Talk:
    """deepgram-js-sdk#336: no error at all, a Metadata without audio, and a good end."""
    call: Call = yield connect("listen.v1", model="nova-3")
    yield call.says(b"this is no container that anybody knows" * 50)
    for _ in range(2):
        yield Pause(4.0)
        yield call.does("send_keep_alive")
    error = yield call.ends(within_s=2.0)

    assert error is None
    assert call.kinds == ["Metadata"]
    assert call.messages[0].duration == 0


@held("sees undecodable audio end in 1008", settings={"undecodable": "1008"})
def sees_undecodable_audio_refused() -> Talk:
    call: Call = yield connect("listen.v1", model="nova-3")
    yield call.says(b"this is no container that anybody knows" * 50)
    error = yield call.ends()

    assert error.rcvd.code == 1008
    assert "DATA-0000" in error.rcvd.reason


@held("sees a message withheld")
def sees_a_message_withheld() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"withhold": {"name": "Results"}})
    yield call.says(speech(0, 1))
    yield call.does("send_close_stream")
    yield call.ends()

    assert call.kinds == ["Metadata"], call.told()
    assert call.messages[0].duration == 1.0


@held("sees a message garbled")
def sees_a_message_garbled() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"garble": {"name": "Results"}})
    yield call.says(speech(0, 1))
    yield call.does("send_finalize")
    error = yield call.ends()

    assert isinstance(error, json.JSONDecodeError)


@held("sees a message twice")
def sees_a_message_twice() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"duplicate": {"name": "Results"}})
    yield call.says(speech(0, 1))
    yield call.does("send_finalize")
    first = yield call.until("Results", from_finalize=True)
    second = yield call.until("Results", from_finalize=True)

    assert first == second
    assert [word.word for word in first.channel.alternatives[0].words] == words(0, 1)


@held("sees a message out of turn")
def sees_a_message_out_of_turn() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"send_message": {"message": "UtteranceEnd"}})
    told = yield call.until("UtteranceEnd")

    assert told.channel == [0, 1]


@held("sees its message rejected", versions=">=7.13")
def sees_its_message_rejected() -> Talk:
    """`Finalize` is answered with an error and has no effect."""
    call: Call = yield connect("listen.v1", **NOVA, endpointing="false")
    yield Trouble(do={"reject": {"name": "Finalize"}})
    yield call.says(speech(0, 1))
    yield call.does("send_finalize")
    error = yield call.until("Error")

    assert error.variant == "SchemaError"
    assert call.of("Results") == []


@held("sees a peer that stops reading", transports=("virtual",))
def sees_a_peer_that_stops_reading() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do="stop_reading")
    yield call.says(speech(0, 1))
    error = yield call.ends(within_s=70)

    assert call.of("Results") == []
    assert_hung_up(error, 1011)


def assert_closed(error: Exception | None, code: int, reason: str) -> None:
    """The server closed with this code and this reason."""
    assert isinstance(error, ConnectionClosedError), error
    assert error.rcvd is not None, error
    assert (error.rcvd.code, error.rcvd.reason) == (code, reason), error


def assert_hung_up(error: Exception | None, code: int) -> None:
    """The client itself closed with this code."""
    assert isinstance(error, ConnectionClosedError), error
    assert error.sent is not None, error
    assert error.sent.code == code, error
