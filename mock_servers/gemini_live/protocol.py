"""One Live connection: from the setup to the close frame, turn by turn.

Decides only; what comes in and how time passes is told to it, and what it wants done it returns. What Google does was
read from the proto's comments, the recordings of js-genai and what users wrote down of their sessions; a choice of our
own says so where it is made.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_servers.base import trouble as troubles_of_base
from mock_servers.base.conversation import ToolCall
from mock_servers.base.google_content import function_names
from mock_servers.base.protocol import Action, Close, Heard, Ready, Send
from mock_servers.base.trouble import Trouble
from mock_servers.gemini_live import endings, setup, troubles
from mock_servers.gemini_live.answer import Calling, Speaking, Thinking
from mock_servers.gemini_live.backend import Backend
from mock_servers.gemini_live.caller import Began, Caller, Finished, Understood
from mock_servers.gemini_live.client_messages import ClientContent, ContextUpdate, RealtimeInput, Setup, ToolResponse
from mock_servers.gemini_live.dialogue import Dialogue
from mock_servers.gemini_live.endpoint import Endpoint
from mock_servers.gemini_live.reading import BadMessage, ClientMessage, read
from mock_servers.gemini_live.resumption import Remembered
from mock_servers.gemini_live.server_messages import (
    encode,
    go_away,
    name_of,
    resumption_update,
    server_content,
    setup_complete,
    told,
    tool_call,
    tool_call_cancellation,
)
from mock_servers.gemini_live.turn import Turn, spoken, written
from mock_servers.gemini_live.usage import Tokens, usage_metadata

__all__ = ["LiveSession"]

KEY_CHECKED_AFTER_S = 0.1
"""From the upgrade to the close frame for a bad key. Not at once: users of the Python SDK see such frames as answers to
their setup (googleapis/python-genai#1710), and one that overtakes it would fail in another place."""

HANDLE_AFTER_S = 0.05
"""From turnComplete to the new handle; 20 to 70 ms were measured."""

FOREIGN_HANDLE_LIVES_S = 0.3
"""A handle of another model is taken, and the session dies so long after: users saw it die "at once"."""


class Phase(enum.Enum):
    OPEN = enum.auto()
    """Upgraded; nothing but a setup is taken."""
    READY = enum.auto()
    OVER = enum.auto()
    """Nothing is said or heard any more."""


class Due(enum.Enum):
    """What a session waits for; each at most once at a time."""

    REPLY = enum.auto()
    STEP = enum.auto()
    HANDLE = enum.auto()
    GO_AWAY = enum.auto()
    DEADLINE = enum.auto()
    SESSION_CAP = enum.auto()
    FOREIGN_HANDLE = enum.auto()
    KEY_REFUSED = enum.auto()


class LiveSession:
    """`mock_servers.base.protocol.Session` for Gemini Live."""

    response_headers: tuple[tuple[str, str], ...] = ()
    subprotocol: str | None = None

    def __init__(self, backend: Backend, endpoint: Endpoint) -> None:
        self._backend = backend
        self._endpoint = endpoint
        self._flavour = endpoint.flavour
        self._phase = Phase.OPEN
        self._alarms: dict[Due, float] = {}
        self._opened_s = 0.0
        self._ready_s = 0.0
        self._setup = Setup()
        self._functions: tuple[str, ...] = ()
        self._takes_seed = False
        self._past = Remembered(session=0)
        self._dialogue = Dialogue(self._past)
        self._caller = Caller(backend.conversation, self._setup.realtime_input_config.automatic_activity_detection)
        self._answer: Thinking | Speaking | Calling | None = None
        self._has_video = False
        self._rejected: list[str] = []
        self._resuming_is_refused = False
        self._owed_go_away_s: float | None = None
        self._warned = False
        self._next_failure = ""

    # What the server tells.

    def opened(self, now_s: float) -> list[Action]:
        self._opened_s = now_s
        limits = self._backend.limits
        self._alarms[Due.DEADLINE] = now_s + limits.connection_s + limits.grace_s
        if self._endpoint.refusal is not None:
            self._alarms[Due.KEY_REFUSED] = now_s + KEY_CHECKED_AFTER_S
        return []

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        if self._phase is Phase.OVER:
            return []
        try:
            message = read(payload)
        except BadMessage as bad:
            heard: list[Action] = [Heard(name=bad.name, body={})] if bad.name else []
            return heard + self._close(bad.ending, now_s)
        heard = [Heard(name=message.name, body=message.told, audio=message.audio)]
        return heard if self._endpoint.refusal is not None else heard + self._understood(message, now_s)

    def passed(self, now_s: float) -> list[Action]:
        actions: list[Action] = []
        while (wake_s := self.wake_at_s()) is not None and wake_s <= now_s:
            due = min(self._alarms, key=self._alarms.__getitem__)
            actions += self._fallen_due(due, self._alarms.pop(due))
        return actions

    def wake_at_s(self) -> float | None:
        return min(self._alarms.values(), default=None)

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        troubles.check(trouble)
        if self._phase is Phase.OVER:
            return []
        if (ending := troubles.ending_of(trouble)) is not None:
            return self._close(ending, now_s)
        match trouble:
            case troubles_of_base.Reject(name=name):
                self._rejected.append(name)
            case troubles_of_base.RefuseResume():
                self._refuse_resuming()
            case troubles_of_base.SessionExpired():
                return self._expire(now_s)
            case troubles_of_base.GoAway(time_left_s=time_left_s):
                return self._warn(time_left_s, now_s)
            case troubles_of_base.FailResponse(code=code):
                self._next_failure = code
                return self._fail(now_s) if isinstance(self._answer, Speaking) else []
        return []

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        match trouble:
            case troubles_of_base.Reject(name=name) if name in self._rejected:
                self._rejected.remove(name)
            case troubles_of_base.RefuseResume():
                self._resuming_is_refused = False
                self._backend.handles.allow(self._past.session)
            case troubles_of_base.FailResponse():
                self._next_failure = ""
        return []

    def closed(self, now_s: float) -> None:
        self._leave(now_s)

    def example_tool(self) -> str:
        """A function that this session may call, for a call out of turn."""
        return self._functions[0] if self._functions else "unknown_function"

    # The beginning.

    def _understood(self, message: ClientMessage, now_s: float) -> list[Action]:
        if message.name in self._rejected:
            return self._close(endings.INVALID_ARGUMENT, now_s)
        match self._phase, message.said:
            case Phase.OPEN, Setup() as asked:
                return self._set_up(asked, now_s)
            case Phase.READY, ClientContent() as content:
                return self._content(content, now_s)
            case Phase.READY, RealtimeInput() as input_:
                return self._realtime(input_, now_s)
            case Phase.READY, ToolResponse() as response:
                return self._results(response, now_s)
            case Phase.READY, ContextUpdate() as update:
                return self._updated(update)
        # A second setup closes so (BerriAI/litellm#31494). For a first message that is none, nothing was ever seen;
        # the same answer is our guess.
        return self._close(endings.INVALID_ARGUMENT, now_s)

    def _set_up(self, asked: Setup, now_s: float) -> list[Action]:
        refusal = setup.refusal(asked, api_version=self._endpoint.api_version)
        if refusal is not None:
            return self._close(refusal, now_s)
        past = self._remembered(asked, now_s)
        if isinstance(past, Close):
            return self._close(past, now_s)

        self._phase, self._setup, self._ready_s = Phase.READY, asked, now_s
        self._functions = function_names(asked.tools)
        self._takes_seed = asked.history_config.initial_history_in_client_content and not past.model
        self._backend.handles.opened(past.session)
        is_foreign = bool(past.model) and past.model != asked.model
        is_resumed = bool(past.model) and not is_foreign
        self._past = replace(past, model=asked.model)
        self._dialogue = Dialogue(self._past)
        detection = asked.realtime_input_config.automatic_activity_detection
        self._caller = Caller(self._backend.conversation, detection)
        if asked.system_instruction is not None and not is_resumed:
            self._dialogue.charge(Tokens.of(text=asked.system_instruction.text))
        if is_foreign:
            self._alarms[Due.FOREIGN_HANDLE] = now_s + FOREIGN_HANDLE_LIVES_S
        self._limit_life(now_s)
        ready = [
            self._send(setup_complete(session_id=self._flavour.session_id(past.session))),
            Ready(resumed=is_resumed),
        ]
        owed, self._owed_go_away_s = self._owed_go_away_s, None
        return ready + (self._warn(owed, now_s) if owed is not None else [])

    def _remembered(self, asked: Setup, now_s: float) -> Remembered | Close:
        handles = self._backend.handles
        handle = asked.session_resumption.handle if asked.session_resumption is not None else ""
        if not handle:
            return handles.new_session()
        return endings.SESSION_NOT_FOUND if self._resuming_is_refused else handles.redeem(handle, now_s)

    def _limit_life(self, now_s: float) -> None:
        limits = self._backend.limits
        self._alarms[Due.GO_AWAY] = max(now_s, self._opened_s + limits.connection_s - limits.go_away_lead_s)
        self._limit_session(limits.session_cap_s)

    def _limit_session(self, cap_s: float) -> None:
        if self._setup.context_window_compression is None:
            self._alarms[Due.SESSION_CAP] = self._ready_s + max(0.0, cap_s - self._past.used_s)

    # What the client says.

    def _content(self, content: ClientContent, now_s: float) -> list[Action]:
        only_seeds = setup.takes_content_only_as_seed(self._setup.model)
        if only_seeds and not self._takes_seed:
            return self._close(endings.INVALID_ARGUMENT, now_s)
        interrupted = self._interrupt(now_s)
        for turn in content.turns:
            self._dialogue.add("model" if turn.role == "model" else "user", turn.text)
            self._dialogue.charge(Tokens.of(text=turn.text))
        if content.turn_complete and only_seeds:
            # History for a Gemini 3 model calls for no answer: that comes to the first realtime input.
            self._takes_seed = False
        elif content.turn_complete:
            self._think(now_s)
        return interrupted

    def _realtime(self, input_: RealtimeInput, now_s: float) -> list[Action]:
        # Of the old field only the first element was ever honoured: generative_service.proto, media_chunks.
        media = [blob for blob in (input_.audio, *input_.media_chunks[:1], input_.video) if blob is not None]
        if self._is_out_of_mode(input_) or not all(blob.rate_hz or blob.is_image for blob in media):
            return self._close(endings.INVALID_ARGUMENT, now_s)

        self._takes_seed = False
        told: list[Began | Understood | Finished] = []
        if input_.activity_start is not None:
            told += self._caller.starts()
        for blob in media:
            if blob.is_image:
                self._see()
            else:
                told += self._caller.plays(blob)
        if input_.activity_end is not None or input_.audio_stream_end:
            told += self._caller.ends()
        actions = [action for event in told for action in self._called(event, now_s)]
        return actions + (self._typed(input_.text, now_s) if input_.text is not None else [])

    def _is_out_of_mode(self, input_: RealtimeInput) -> bool:
        """Activity is told by one side: the signals are legal where detection is off, `audioStreamEnd` where it is on.
        How Google answers the others is inferred."""
        if self._caller.is_manual:
            return input_.audio_stream_end
        return input_.activity_start is not None or input_.activity_end is not None

    def _see(self) -> None:
        self._dialogue.charge(Tokens.of(frames=1))
        if not self._has_video:
            self._has_video = True
            self._limit_session(min(self._backend.limits.session_cap_s, self._backend.limits.video_cap_s))

    def _called(self, event: Began | Understood | Finished, now_s: float) -> list[Action]:
        match event:
            case Began():
                return self._interrupt_by_activity(now_s)
            case Understood(text=text):
                return self._transcribe(text)
            case Finished(text=text):
                if text:
                    self._dialogue.add("user", text)
                self._think(now_s)
                return []

    def _transcribe(self, text: str) -> list[Action]:
        if self._setup.input_audio_transcription is None:
            return []
        return [self._send(server_content(inputTranscription={"text": text}))]

    def _typed(self, text: str, now_s: float) -> list[Action]:
        actions = self._interrupt_by_activity(now_s)
        self._dialogue.add("user", text)
        self._dialogue.charge(Tokens.of(text=text))
        # Gemini 3 echoes it like speech (seen on gemini-3.1-flash-live).
        if setup.takes_content_only_as_seed(self._setup.model):
            actions += self._transcribe(text)
        self._think(now_s)
        return actions

    def _results(self, response: ToolResponse, now_s: float) -> list[Action]:
        waiting = self._answer.ids if isinstance(self._answer, Calling) else []
        if any(result.id not in waiting for result in response.function_responses):
            # Also the result of a call that was made before a session was resumed: yagudaev/voiceclaw#53.
            return self._close(endings.ENTITY_NOT_FOUND, now_s)
        for result in response.function_responses:
            output = " ".join(str(value) for value in result.response.values())
            self._dialogue.add("tool", output)
            self._dialogue.charge(Tokens.of(text=output))
            if not result.will_continue and result.id in waiting:
                waiting.remove(result.id)
        if isinstance(self._answer, Calling) and not waiting:
            self._answer = None
            self._think(now_s)
        return []

    def _updated(self, update: ContextUpdate) -> list[Action]:
        if update.system_instruction is not None:
            self._dialogue.charge(Tokens.of(text=update.system_instruction.text))
        if update.tools is not None:
            self._functions = function_names(update.tools.tools)
        return []

    # The model's turn.

    def _think(self, now_s: float) -> None:
        """Answer all that was said since the last answer, when the model has thought about it."""
        if isinstance(self._answer, Speaking | Calling):
            self._answer.is_overtaken = True
            return
        self._answer = Thinking()
        self._alarms[Due.REPLY] = now_s + self._backend.conversation.reply_after_s

    def _begin(self, at_s: float) -> list[Action]:
        self._alarms.pop(Due.HANDLE, None)
        self._dialogue.charge(Tokens.of(audio_s=self._caller.uncounted_s()))
        if self._next_failure:
            return self._busy(at_s) + self._fail(at_s)
        asked = self._dialogue.unanswered
        reply = self._backend.conversation.reply(
            " ".join(said.text for said in asked),
            turn=self._dialogue.answers,
            # A result is talked about; it is never a reason to call the function again.
            tools=() if any(said.role == "tool" for said in asked) else self._functions,
        )
        return self._busy(at_s) + (
            self._speak(reply.text, at_s) if reply.tool_call is None else self._ask(reply.tool_call)
        )

    def _ask(self, call: ToolCall) -> list[Action]:
        call_id = self._backend.next_call_id(self._flavour)
        self._dialogue.add_call()
        self._answer = Calling(ids=[call_id])
        return [self._send(tool_call(call_id, call.name, call.arguments))]

    def _speak(self, text: str, at_s: float) -> list[Action]:
        self._answer = Speaking(turn=self._phrased(text), began_s=at_s, place=self._dialogue.add_answer())
        return self._step(at_s)

    def _phrased(self, text: str) -> Turn:
        if self._setup.generation_config.response_modalities == ("TEXT",):
            return written(text, self._flavour)
        pcm = self._backend.voice.say(text)
        return spoken(text, pcm, self._flavour, transcribed=self._setup.output_audio_transcription is not None)

    def _step(self, at_s: float) -> list[Action]:
        assert isinstance(self._answer, Speaking), f"a step is due in {self._answer}"
        step = self._answer.step()
        if step is None:
            return self._complete(at_s)
        self._alarms[Due.STEP] = self._answer.next_s
        return [self._send(step.message, audio=step.audio)]

    def _interrupt(self, now_s: float) -> list[Action]:
        """The caller takes the floor: what was going to be said is dropped.

        `interrupted` before `turnComplete` and no `generationComplete`: generative_service.proto. A reply that has not
        begun is not worth a message; what it was about is answered together with what comes.
        """
        match self._answer:
            case Thinking():
                self._answer = None
                del self._alarms[Due.REPLY]
            case Speaking():
                return [self._send(server_content(interrupted=True)), *self._complete(now_s)]
            case Calling(ids=ids):
                cancelled = [self._send(tool_call_cancellation(ids)), self._send(server_content(interrupted=True))]
                return [*cancelled, *self._complete(now_s)]
        return []

    def _interrupt_by_activity(self, now_s: float) -> list[Action]:
        is_allowed = self._setup.realtime_input_config.activity_handling != "NO_INTERRUPTION"
        return self._interrupt(now_s) if is_allowed else []

    def _complete(self, at_s: float, **reason: str) -> list[Action]:
        """The turn is over, whatever became of it."""
        answer, self._answer = self._answer, None
        self._alarms.pop(Due.STEP, None)
        response = Tokens()
        if isinstance(answer, Speaking):
            self._dialogue.complete_answer(answer.place, answer.text)
            response = answer.tokens
        self._dialogue.charge(Tokens.of(audio_s=self._caller.uncounted_s()))
        usage = usage_metadata(self._dialogue.context, response, response_name=self._flavour.usage_name)
        self._dialogue.charge(response)
        if self._setup.session_resumption is not None:
            self._alarms[Due.HANDLE] = at_s + HANDLE_AFTER_S
        if isinstance(answer, Speaking | Calling) and answer.is_overtaken:
            self._think(at_s)
        return [self._send(server_content(usage=usage, turnComplete=True, **reason))]

    def _fail(self, at_s: float) -> list[Action]:
        code, self._next_failure = self._next_failure, ""
        if code in endings.STATUSES:
            return self._close(endings.STATUSES[code], at_s)
        if not isinstance(self._answer, Speaking):
            self._dialogue.add_answer()
        return self._complete(at_s, turnCompleteReason=code)

    # Resumption.

    def _busy(self, at_s: float) -> list[Action]:
        """The session cannot be resumed while it answers; Vertex marks every update resumable."""
        if self._setup.session_resumption is None:
            return []
        if self._flavour.resumable_while_busy:
            return self._give_handle(at_s)
        return [self._send(resumption_update())]

    def _give_handle(self, at_s: float) -> list[Action]:
        remembered = self._dialogue.remember(used_s=at_s - self._ready_s)
        return [self._send(resumption_update(self._backend.handles.give(remembered)))]

    def _refuse_resuming(self) -> None:
        if self._phase is Phase.OPEN:
            self._resuming_is_refused = True
        else:
            self._backend.handles.refuse(self._past.session)

    # The end.

    def _fallen_due(self, due: Due, at_s: float) -> list[Action]:
        limits = self._backend.limits
        match due:
            case Due.REPLY:
                return self._begin(at_s)
            case Due.STEP:
                return self._step(at_s)
            case Due.HANDLE:
                return self._give_handle(at_s)
            case Due.GO_AWAY:
                return self._warn(max(0.0, self._opened_s + limits.connection_s - at_s), at_s)
            case Due.DEADLINE:
                return self._close(endings.ABORTED_AFTER_GO_AWAY if self._warned else endings.DEADLINE_EXPIRED, at_s)
            case Due.SESSION_CAP:
                return self._expire(at_s)
            case Due.FOREIGN_HANDLE:
                return self._close(endings.FOREIGN_HANDLE, at_s)
            case Due.KEY_REFUSED:
                assert self._endpoint.refusal is not None, "a good key is not refused"
                return self._close(self._endpoint.refusal, at_s)

    def _warn(self, time_left_s: float, at_s: float) -> list[Action]:
        """goAway, and an end soon after for a client that does not heed it. Nothing may come before setupComplete, so a
        session that is not ready yet is warned when it is."""
        if self._phase is Phase.OPEN:
            self._owed_go_away_s = time_left_s
            return []
        self._warned = True
        self._alarms.pop(Due.GO_AWAY, None)
        deadline_s = at_s + time_left_s + self._backend.limits.grace_s
        self._alarms[Due.DEADLINE] = min(self._alarms[Due.DEADLINE], deadline_s)
        return [self._send(go_away(time_left_s))]

    def _expire(self, at_s: float) -> list[Action]:
        if self._phase is Phase.READY:
            self._backend.handles.expired(self._past.session)
        return self._close(endings.DEADLINE_EXPIRED, at_s)

    def _close(self, ending: Close, now_s: float) -> list[Action]:
        self._leave(now_s)
        return [ending]

    def _leave(self, now_s: float) -> None:
        if self._phase is Phase.READY:
            self._backend.handles.ended(self._past.session, now_s)
        self._phase, self._answer = Phase.OVER, None
        self._alarms.clear()

    def _send(self, message: Mapping[str, Any], *, audio: bytes = b"") -> Send:
        payload = encode(message, text_frame=self._backend.text_frames)
        return Send(name=name_of(message), payload=payload, body=told(message), audio=audio)
