"""pipecat with Deepgram's Flux, on pipecat's own websocket layer, which reconnects for most of its services.

The service says when it is connected and disconnected: that is how an application knows of an outage.

Source: pipecat-ai 1.14.0, pipecat/services/deepgram/flux/stt.py and websocket_service.py, read 2026-11-23.
"""

from __future__ import annotations

from typing import Any

from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService

from harness.clients.adapters.lines import serve
from harness.clients.adapters.pipecat_deepgram import PipecatDeepgram
from harness.clients.client import Client, Endpoints

__all__ = ["PipecatFlux", "make"]


def make(case: Any, endpoints: Endpoints) -> Client:
    return PipecatFlux(case, endpoints)


class PipecatFlux(PipecatDeepgram):
    """One call on listen v2."""

    def recognition(self) -> Any:
        service = DeepgramFluxSTTService(
            api_key=self.endpoints.api_key,
            url=self.endpoints.urls["session"].replace("/v1/", "/v2/"),
        )
        service.add_event_handler("on_connected", self._connected)
        service.add_event_handler("on_disconnected", self._disconnected)
        return service

    async def _connected(self, service: Any) -> None:
        self.regained()

    async def _disconnected(self, service: Any) -> None:
        self.lost()


if __name__ == "__main__":
    serve(make)
