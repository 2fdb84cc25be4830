"""Every message name of the service, over all its paths.

Frames that are no message are told as `Unknown`: a name that nobody sends, so it stands in no catalogue.
"""

from __future__ import annotations

from mock_servers.base.protocol import Catalogue
from mock_servers.deepgram import listen_v1_messages, listen_v2_messages, speak_v1, speak_v2
from mock_servers.deepgram.listening import MEDIA
from mock_servers.deepgram.speech import AUDIO
from mock_servers.deepgram.troubles import GENERATE, GRANT, LISTEN, SPEAK

__all__ = ["CATALOGUE", "CATALOGUES"]

CATALOGUES = {
    "listen v1": Catalogue(
        server=frozenset(
            {"Results", "Metadata", "SpeechStarted", "UtteranceEnd", "Error", "ConfigureSuccess", "ConfigureFailure"}
        ),
        client=frozenset({MEDIA, *listen_v1_messages.CLIENT_TEXTS}),
    ),
    "listen v2": Catalogue(
        server=frozenset({"Connected", "TurnInfo", "ConfigureSuccess", "ConfigureFailure", "Warning", "Error"}),
        client=frozenset({MEDIA, *listen_v2_messages.CLIENT_TEXTS}),
    ),
    "speak v1": Catalogue(
        server=frozenset({AUDIO, "Metadata", "Flushed", "Cleared", "Warning"}),
        client=frozenset(speak_v1.CLIENT_TEXTS),
    ),
    "speak v2": Catalogue(
        server=frozenset(
            {AUDIO, "Connected", "SpeechStarted", "SpeechMetadata", "SpeechInterrupted", "Flushed", "SessionMetadata"}
            | {"ConfigureSuccess", "ConfigureFailure", "Warning", "Error"}
        ),
        client=frozenset(speak_v2.CLIENT_TEXTS),
    ),
    "rest": Catalogue(
        server=frozenset({SPEAK, LISTEN, GRANT, GENERATE, "streamGenerateContent"}),
        client=frozenset({SPEAK, LISTEN, GRANT, GENERATE, "streamGenerateContent"}),
    ),
}
"""By path: `Warning`, `SpeechStarted` and others mean something else on each."""

CATALOGUE = Catalogue(
    server=frozenset().union(*(catalogue.server for catalogue in CATALOGUES.values())),
    client=frozenset().union(*(catalogue.client for catalogue in CATALOGUES.values())),
)
