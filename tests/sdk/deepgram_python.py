"""What the Deepgram SDK for Python can do with the mock: importing this module registers every capability.

`python -m tests.sdk.witness deepgram --transport ws` plays them, in an environment that has the SDK.
"""

from __future__ import annotations

from tests.sdk import (
    deepgram_faults,
    deepgram_flux_speak,
    deepgram_listen_v1,
    deepgram_listen_v2,
    deepgram_reading,
    deepgram_refusals,
    deepgram_speak,
)

__all__ = [
    "deepgram_faults", "deepgram_flux_speak", "deepgram_listen_v1", "deepgram_listen_v2", "deepgram_reading",
    "deepgram_refusals", "deepgram_speak",
]  # fmt: skip
