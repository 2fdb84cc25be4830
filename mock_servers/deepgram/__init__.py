"""A mock of Deepgram: transcription and speech, with the language model that stands between them in a pipeline."""

from mock_servers.deepgram.protocol import CATALOGUE, Deepgram
from mock_servers.deepgram.settings import Settings

__all__ = ["CATALOGUE", "Deepgram", "Settings"]
