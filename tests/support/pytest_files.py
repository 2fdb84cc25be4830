"""A small project with deadair's scenarios in it, for pytest to collect: a client that gives up, and one that exits."""

from __future__ import annotations

__all__ = ["CLIENTS", "ENDS_THE_PROCESS", "GIVES_UP", "SURVIVES"]

GIVES_UP = """\
deadair: 1
scenario: a polite goodbye
summary: The provider closes the connection in the middle of a call. The caller talks on, to nobody.
provider: deepgram
client: python:clients:gives_up
tags: [goodbye, skip]
faults:
  - {at: 3s, do: {close: 1001}}
expect:
  order:
    - wire.closed: {code: 1001}
    - wire.ready: {within: 5s}
  end: {state: active, by: 20s}
"""

SURVIVES = """\
deadair: 1
defaults:
  faults: [{at: 2s, do: reset}]
  expect: {end: {state: active, by: 20s}}
scenarios:
  - scenario: survives a reset
    provider: [openai-realtime, deepgram]
    tags: [reset]
  - scenario: on the real clock
    provider: deepgram
    clock: real
"""

ENDS_THE_PROCESS = """\
deadair: 1
scenario: ends the process
provider: deepgram
client: python:clients:ends_the_process
faults:
  - {at: 1s, do: reset}
expect:
  end: {state: active, by: 20s}
"""

CLIENTS = '''\
"""Two clients: one hangs up when the provider says goodbye, the other takes its whole process along."""

import os

import websockets

from harness.clients import ClientEvent


class GivesUp:
    sample_rate_hz = agent_sample_rate_hz = 16_000

    def __init__(self, url):
        self.url = f"{url}?model=nova-3&encoding=linear16&sample_rate=16000"
        self.state = "idle"

    async def connect(self):
        self.socket = await websockets.connect(self.url, additional_headers={"Authorization": "Token my-key"})
        self.state = "active"

    async def send_audio(self, pcm):
        await self.socket.send(pcm)

    async def send_text(self, text):
        pass

    async def events(self):
        async for message in self.socket:
            yield ClientEvent(kind="transcription", fields={})

    async def disconnect(self):
        await self.socket.close()
        self.state = "disconnected"


def gives_up(case, endpoints):
    return GivesUp(endpoints.urls["session"])


def ends_the_process(case, endpoints):
    os._exit(3)
'''
