"""Clients whose new connection is not the old session."""

from __future__ import annotations

from dataclasses import replace

from providers.connection import Link
from providers.conversation import Conversation
from providers.deepgram import DeepgramSegmentedProvider
from providers.gemini import GeminiLiveProvider
from providers.messages import openai as openai_messages
from providers.openai import OpenAIRealtimeProvider
from providers.reconnect import Cause
from providers.websocket_provider import WebSocketProvider
from tests.support.broken_clients.bug import bug


@bug
class ForgetsTheSystemPrompt(WebSocketProvider):
    """Reconnects as a model that nobody has told who it is."""

    def _gone(self) -> None:
        super()._gone()
        self._config = replace(self._config, system_prompt=None)


@bug
class KeepsItsFirstKey(WebSocketProvider):
    """Asks for a token once, when the call begins."""

    _first: dict[str, str] | None = None

    async def _address(self) -> tuple[str, dict[str, str]]:
        url, headers = await super()._address()
        self._first = self._first or headers
        return url, self._first


@bug
class ForgetsTheTools(WebSocketProvider):
    """Reconnects as a model that can look up no order."""

    def _gone(self) -> None:
        super()._gone()
        self._config = replace(self._config, tools=())


@bug
class ForgetsTheParameters(DeepgramSegmentedProvider):
    """Reconnects without asking for interim results again."""

    async def _address(self) -> tuple[str, dict[str, str]]:
        url, headers = await super()._address()
        return (url.replace("&interim_results=true", "") if self._is_reconnecting else url), headers


@bug
class ForgetsTheConversation(DeepgramSegmentedProvider):
    """Keeps what was said with the connection over which it was heard."""

    def _gone(self) -> None:
        super()._gone()
        self._conversation_history.clear()


# ── OpenAI ───────────────────────────────────────────────────────────────────


@bug
class DoesNotConfigureTheNewSession(OpenAIRealtimeProvider):
    """Takes a new connection for the old session."""

    async def _restore(self, link: Link) -> None:
        if self._is_reconnecting:
            await self._await(link, "session.created")
        else:
            await super()._restore(link)


@bug
class SpeaksBeforeItConfigures(OpenAIRealtimeProvider):
    """Sends audio to a session that does not know its format yet."""

    async def _restore(self, link: Link) -> None:
        if self._is_reconnecting:
            await link.send(openai_messages.append_audio(bytes(960)))
        await super()._restore(link)


@bug
class ForgetsWhatWasSaid(OpenAIRealtimeProvider):
    """Reconnects as a stranger."""

    def _gone(self) -> None:
        super()._gone()
        self._conversation = Conversation()


@bug
class IgnoresALimitInsideTheSession(OpenAIRealtimeProvider):
    """Reads the rate limits of a handshake, and not those of a session."""

    def _learn_of_error(self, code: str, text: str) -> None:
        return


# ── Gemini ───────────────────────────────────────────────────────────────────


@bug
class NeverUsesAHandle(GeminiLiveProvider):
    """Lets the server keep the session for nothing."""

    def _hears_resumption(self, update) -> None:
        return


@bug
class InsistsOnARefusedHandle(GeminiLiveProvider):
    """Asks for a session that the server has forgotten, again and again."""

    def _learn_from(self, cause: Cause) -> Cause:
        handle = self._resumption_handle
        cause = super()._learn_from(cause)
        self._resumption_handle = handle
        return cause


@bug
class LeavesItAllToTheHandle(GeminiLiveProvider):
    """Keeps nothing itself, in case the server has not kept it either."""

    def _keep_words(self) -> None:
        self._heard, self._said = "", ""


@bug
class IgnoresGoAway(GeminiLiveProvider):
    """Stays until it is thrown out."""

    def _hears_go_away(self, warning) -> None:
        return


@bug
class LosesAudioInAPlannedMove(GeminiLiveProvider):
    """Moves in time, and drops what is said meanwhile."""

    def _hold(self, held, message: str) -> None:
        return
