"""Capabilities of an SDK that there is not, which come to every end that there is."""

from __future__ import annotations

import asyncio
import fcntl
import os
import ssl
import time

from websockets.asyncio.client import connect

from tests.sdk.witness import There, capability

LISTEN = "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000"
KEY = {"Authorization": "Token any"}


@capability("connect and close")
async def connects(there: There) -> None:
    # Made without a file: whom it trusts is what SSL_CERT_FILE says in this process.
    tls = ssl.create_default_context() if there.url.startswith("wss") else None
    async with connect(there.url + LISTEN, additional_headers=KEY, ssl=tls, proxy=None):
        assert await there.connections() == [1]
        await asyncio.sleep(0.01)


@capability("connect and close", sync=True)
def asks(there: There) -> None:
    assert there.connections_sync() == []


@capability("is red")
async def is_red(there: There) -> None:
    raise AssertionError("the SDK saw nothing")


@capability("hangs", limit_s=0.5)
async def hangs(there: There) -> None:
    await asyncio.Event().wait()


@capability("hangs", sync=True, limit_s=0.5)
def hangs_in_c(there: There) -> None:
    time.sleep(3600)


@capability("dies", transports=("ws", "virtual"))
async def dies(there: There) -> None:
    print("these are my last words", flush=True)
    os._exit(3)


@capability("is told why it cannot", settings={"no_such_setting": 1}, transports=("wss",))
async def is_told(there: There) -> None: ...


@capability("has no room for two")
async def has_no_room_for_two(there: There) -> None:
    keeps_the_room()


@capability("has no room for two", sync=True)
def has_no_room_for_two_sync(there: There) -> None:
    keeps_the_room()


@capability("is nobody's successor, once")
async def comes_first(there: There) -> None:
    wants_to_be_the_first()


@capability("is nobody's successor, twice")
async def comes_first_as_well(there: There) -> None:
    wants_to_be_the_first()


@capability("is nobody's successor, thrice")
async def comes_first_too(there: There) -> None:
    wants_to_be_the_first()


@capability("breaks off in the end", transports=("virtual",))
async def breaks_off(there: There) -> None:
    await dies(there)


GUESTS = 0
"""How many were first in this process."""


def wants_to_be_the_first() -> None:
    global GUESTS
    GUESTS += 1
    assert GUESTS == 1, "somebody was here before me"


def keeps_the_room() -> None:
    with open(__file__) as room:
        try:
            fcntl.flock(room, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AssertionError("there is somebody beside me") from None
        time.sleep(1.5)


@capability("came later", versions=">=2")
async def came_later(there: There) -> None: ...
