"""The application that every adapter is: one call in one task, from connect() to its end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from harness.clients.adapters.application import Application
from harness.clients.client import Endpoints

CASE = SimpleNamespace(session={"voice": "alloy"})


class Library(Application):
    """Connects after a second and talks for a minute, unless it is told to fail at either."""

    package = "websockets"

    def __init__(self, *, refuses: Exception | None = None, breaks: Exception | None = None) -> None:
        super().__init__(CASE, Endpoints(urls={}))
        self._refuses, self._breaks = refuses, breaks
        self.said_goodbye = False

    async def talk(self) -> None:
        await asyncio.sleep(1)
        if self._refuses is not None:
            raise self._refuses
        self._state = "active"
        self.ready.set()
        self.outbox.tell("session.created")
        try:
            await asyncio.sleep(60)
            if self._breaks is not None:
                raise self._breaks
        finally:
            self.said_goodbye = True
        self._state = "disconnected"


async def told(application: Application) -> list[str]:
    return [event.kind async for event in application.events()]


def test_it_says_which_package_in_which_version_it_is():
    traits = Library().traits

    assert traits.name == "websockets"
    assert traits.version[0].isdigit()
    assert traits.reconnects


async def test_connect_is_over_when_the_library_says_that_it_is_connected():
    application = Library()
    connecting = asyncio.create_task(application.connect())
    await asyncio.sleep(0.5)
    during = application.state
    await connecting

    assert (during, application.state) == ("connecting", "active")
    assert asyncio.get_running_loop().time() == 1


async def test_connect_raises_what_the_library_raised_instead():
    application = Library(refuses=ConnectionRefusedError("no"))

    with pytest.raises(ConnectionRefusedError, match="no"):
        await application.connect()
    assert application.state == "error"


async def test_a_hang_up_before_there_is_a_connection_ends_connect():
    application = Library()
    connecting = asyncio.create_task(application.connect())
    await asyncio.sleep(0.5)
    await application.disconnect()

    with pytest.raises(ConnectionError, match="before there was a connection"):
        await connecting


async def test_what_the_library_raises_later_comes_after_what_it_told():
    application = Library(breaks=OSError("gone"))
    await application.connect()
    events = aiter(application.events())

    assert (await anext(events)).kind == "session.created"
    with pytest.raises(OSError, match="gone"):
        await anext(events)
    assert application.state == "error"


async def test_an_end_without_an_error_ends_the_events_without_one():
    application = Library()
    await application.connect()

    assert await told(application) == ["session.created"]
    assert application.state == "disconnected"


async def test_hanging_up_leaves_what_the_library_had_open():
    application = Library()
    await application.connect()
    await application.disconnect()

    assert application.said_goodbye
    assert application.state == "disconnected"
    assert await told(application) == ["session.created"]


async def test_hanging_up_before_dialling_does_nothing():
    application = Library()
    await application.disconnect()

    assert application.state == "disconnected"


async def test_what_the_library_told_as_its_last_error_is_what_counts():
    application = Library(breaks=OSError("and once more"))
    await application.connect()
    application.failure = ConnectionResetError("first")

    with pytest.raises(ConnectionResetError, match="first"):
        await told(application)
