"""The model on one connection: when it answers, how its turn goes, and what becomes of it.

The order inside a turn is that of generative_service.proto: generationComplete when all is said, turnComplete when it could
have been heard; an interrupted turn has `interrupted`, then turnComplete, and no generationComplete.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from mock_servers.base.conversation import ToolCall
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.alarms import Due
from mock_servers.gemini_live.answer import Answer, Calling, Reasoning, Speaking, Thinking
from mock_servers.gemini_live.call import Call
from mock_servers.gemini_live.client_messages import FunctionResponse
from mock_servers.gemini_live.functions import Functions
from mock_servers.gemini_live.keeping import Keeping
from mock_servers.gemini_live.research import research
from mock_servers.gemini_live.server_messages import server_content
from mock_servers.gemini_live.turn import Manner, Turn, delayed, spoken, written
from mock_servers.gemini_live.usage import NO_TOKENS, Tokens, usage_metadata

__all__ = ["Model"]

FILLER = "One moment please"
"""What is said while something else is done; what real models say is as various as their answers."""

FATAL_AFTER_S = 0.5
"""Into its next answer a session with a fatal handle dies: discuss.ai.google.dev topic 175234."""

UNFINISHED = (",", "...", "…")
"""How a text ends whose writer is not done, as far as a mock can tell."""


class Model:
    """The model's side of one session."""

    def __init__(self, call: Call, functions: Functions, keeping: Keeping) -> None:
        self._call = call
        self._functions = functions
        self._keeping = keeping
        self._answer: Answer | None = None
        self._owes_answer = False
        self._next_failure = ""
        self._complete_s: float | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a function's result and does nothing else."""
        return isinstance(self._answer, Calling)

    # What it is told.

    def asked(self, text: str, now_s: float) -> None:
        """The caller has had their turn, and this is what was understood of it."""
        if self._may_stay_silent and (not text or text.endswith(UNFINISHED)):
            self._wait_for_more(now_s)
        else:
            self.think(now_s)

    def think(self, now_s: float) -> None:
        """Answer all that was said since the last answer, when the model has thought about it."""
        if self._call.resumed and self._call.settings.handles == "mute":
            return
        if self._answer is not None and not isinstance(self._answer, Thinking):
            self._owes_answer = True
            return
        self._answer, self._owes_answer = Thinking(), False
        self._call.alarms.set(Due.REPLY, now_s + self._call.backend.conversation.reply_after_s)

    def returned(self, results: tuple[FunctionResponse, ...], now_s: float) -> None:
        """Functions have returned."""
        for result in results:
            call_id, asks_for = self._functions.returned(result)
            if asks_for == "unknown" and not self._call.flavour.knows_strays:
                # Also the result of a call that was made before a session was resumed: yagudaev/voiceclaw#53.
                self._call.close(endings.ENTITY_NOT_FOUND, now_s)
                return
            match asks_for:
                case "unknown":
                    self._functions.learn_stray(result)
                    self._tell_when_idle(now_s)
                case "now" if isinstance(self._answer, Calling) and call_id in self._answer.ids:
                    self._answer.ids.remove(call_id)
                case "now":
                    self._tell_at_once(now_s)
                case "later":
                    self._tell_when_idle(now_s)
                case "never":
                    self._settle_if_done(now_s)
        if isinstance(self._answer, Calling) and not self._answer.ids:
            self._answer = None
            self.think(now_s)

    def interrupt(self, now_s: float) -> None:
        """The caller takes the floor: what was going to be said is dropped.

        A reply that has not begun is not worth a message; what it was about is answered together with what comes.
        """
        match self._answer:
            case Thinking():
                self._answer = None
                self._call.alarms.drop(Due.REPLY)
                if self._call.settings.interrupts_thought:
                    self._interrupted(now_s)
            case Speaking():
                self._answer.then = None
                self._interrupted(now_s)
            case Calling(ids=ids):
                self._functions.cancel(list(ids))
                self._interrupted(now_s)
            case Reasoning():
                self._call.alarms.drop(Due.CONCLUSION)
                self._interrupted(now_s)
            case None if self._was_complete_just_before(now_s):
                self._complete_s = None
                self._call.say(server_content(interrupted=True))

    def interrupt_by_activity(self, now_s: float) -> None:
        if self._call.setup.realtime_input_config.activity_handling != "NO_INTERRUPTION":
            self.interrupt(now_s)

    def fail(self, code: str, now_s: float) -> None:
        """The answer that is going on fails for this reason, or the next one."""
        self._next_failure = code
        if isinstance(self._answer, Speaking):
            self._fail(now_s)

    def fail_no_more(self) -> None:
        self._next_failure = ""

    # What is due.

    def reply_is_due(self, at_s: float) -> None:
        call = self._call
        call.dialogue.charge(Tokens.of(audio_s=call.caller.uncounted_s()))
        if call.resumed and call.settings.handles == "rerun":
            call.close(endings.INVALID_ARGUMENT, at_s)
            return
        if not self._fits_the_context(at_s):
            return
        self._keeping.is_busy()
        if self._next_failure:
            self._fail(at_s)
            return
        asked = call.dialogue.unanswered
        said = " ".join(entry.text for entry in asked)
        # A result is talked about; it is never a reason to call the function again.
        tools = () if any(entry.role == "tool" for entry in asked) else self._functions.names
        reply = call.backend.conversation.reply(said, turn=call.dialogue.answers, tools=tools)
        if call.resumed and call.settings.handles == "fatal":
            call.alarms.set(Due.FATAL_HANDLE, at_s + FATAL_AFTER_S)
        if reply.tool_call is not None:
            self._ask(reply.tool_call, at_s)
        elif call.profile.reasons_behind:
            self._speak_aside(at_s, then=Reasoning(text=reply.text, asked=said))
        else:
            self._speak(reply.text, said, at_s)

    def step_is_due(self, at_s: float) -> None:
        assert isinstance(self._answer, Speaking), f"a step is due in {self._answer}"
        step = self._answer.step()
        if step is None:
            self._complete(at_s)
            return
        self._call.say(step.message, audio=step.audio)
        self._call.alarms.set(Due.STEP, self._answer.next_s)

    def conclusion_is_due(self, at_s: float) -> None:
        assert isinstance(self._answer, Reasoning), f"a conclusion is due in {self._answer}"
        self._speak(self._answer.text, self._answer.asked, at_s)

    # Speaking.

    def _ask(self, wanted: ToolCall, at_s: float) -> None:
        call_id, behavior = self._functions.call(wanted)
        self._call.dialogue.add_aside()
        if behavior == "NON_BLOCKING":
            self._speak_aside(at_s)
            return
        self._answer = Calling(ids=[call_id])
        if self._call.settings.speaks_after_call:
            for step in self._phrased(FILLER, self._manner()).steps[:-1]:
                self._call.say(step.message, audio=step.audio)
        if self._call.flavour.completes_calls:
            self._call.say(server_content(generationComplete=True))

    def _speak(self, text: str, asked: str, at_s: float) -> None:
        call = self._call
        thought = self._thought(asked)
        found = research(
            asked,
            call.setup.tools,
            answer=text,
            on_vertex=call.flavour.names_role,
            part=len(thought),
            with_ids=call.profile.packs_fields,
        )
        manner = self._manner(before=(*thought, *found.parts), behind=found.metadata)
        self._answer = Speaking(
            turn=self._phrased(text, manner),
            began_s=at_s,
            place=call.dialogue.add_answer(),
            thoughts=Tokens.of(text=thought[0]["text"]) if thought else NO_TOKENS,
            tool_use=Tokens.of(text=found.output),
        )
        self.step_is_due(at_s)

    def _speak_aside(self, at_s: float, *, then: Reasoning | None = None) -> None:
        """A few words that are no answer."""
        if then is not None:
            self._call.dialogue.add_aside(FILLER)
        turn = self._phrased(FILLER, self._manner())
        self._answer = Speaking(turn=turn, began_s=at_s, place=None, then=then)
        self.step_is_due(at_s)

    def _manner(self, *, before: tuple[dict[str, Any], ...] = (), behind: dict[str, Any] | None = None) -> Manner:
        call = self._call
        return Manner(
            flavour=call.flavour,
            transcribed=call.setup.output_audio_transcription,
            packs_fields=call.profile.packs_fields,
            pace=call.settings.audio_pace,
            before=before,
            behind=behind or {},
        )

    def _phrased(self, text: str, manner: Manner) -> Turn:
        call = self._call
        if call.setup.generation_config.response_modalities == ("TEXT",):
            turn = written(text, manner)
        else:
            turn = spoken(text, call.backend.voice.say(text), manner)
        jitter_s = call.settings.jitter_s
        return delayed(turn, jitter_s, call.chance("jitter")) if jitter_s else turn

    def _thought(self, asked: str) -> tuple[dict[str, Any], ...]:
        """What the model shows of its thoughts, if it is asked to."""
        thinking = self._call.setup.generation_config.thinking_config
        if thinking is None or not thinking.include_thoughts or thinking.thinking_budget == 0:
            return ()
        part: dict[str, Any] = {"text": f"**Considering**\n\nThe caller said: {asked}", "thought": True}
        if self._call.profile.packs_fields:
            digest = hashlib.sha256(asked.encode()).digest()
            part["thoughtSignature"] = base64.b64encode(digest).decode()
        return (part,)

    # The end of a turn.

    def _interrupted(self, now_s: float) -> None:
        self._call.say(server_content(interrupted=True))
        self._complete(now_s)

    def _complete(self, at_s: float, **why: object) -> None:
        """The turn is over, whatever became of it."""
        call = self._call
        answer, self._answer = self._answer, None
        call.alarms.drop(Due.STEP)
        self._complete_s = at_s
        response = thoughts = tool_use = NO_TOKENS
        if isinstance(answer, Speaking):
            if answer.place is not None:
                call.dialogue.complete_answer(answer.place, answer.text)
            response, thoughts, tool_use = answer.tokens, answer.thoughts, answer.tool_use
            if answer.then is not None:
                self._answer = answer.then
                call.alarms.set(Due.CONCLUSION, at_s + call.settings.reasoning_s)
        call.dialogue.charge(Tokens.of(audio_s=call.caller.uncounted_s()))
        usage = usage_metadata(
            call.dialogue.context,
            response,
            thoughts=thoughts,
            tool_use=tool_use,
            response_name=call.flavour.usage_name,
            **self._accounted(),
        )
        call.dialogue.charge(response)
        call.say(server_content(usage=usage, turnComplete=True, **why, **self._status()))
        if self._answer is None:
            self._keeping.is_free(at_s)
            if self._owes_answer:
                self.think(at_s)

    def _accounted(self) -> dict[str, str]:
        """Whose quota it was: Vertex tells the kind of traffic, newer models of the Gemini API the tier."""
        if self._call.flavour.traffic_type:
            return {"trafficType": self._call.flavour.traffic_type}
        return {"serviceTier": "standard"} if self._call.profile.tells_status else {}

    def _status(self) -> dict[str, str]:
        if not self._call.profile.tells_status:
            return {}
        goes_on = self._call.profile.reasons_behind and (self._answer is not None or self._functions.are_running)
        return {"interactionStatus": "IN_PROGRESS" if goes_on else "IDLE"}

    def _settle_if_done(self, now_s: float) -> None:
        """What ran in the background is over, and there is nothing to say about it."""
        background = self._call.profile.reasons_behind and not self._functions.are_running
        if background and self._answer is None and not self._call.caller.is_speaking:
            self._complete(now_s)

    def _fail(self, at_s: float) -> None:
        code, self._next_failure = self._next_failure, ""
        if code in endings.STATUSES:
            self._call.close(endings.STATUSES[code], at_s)
            return
        if isinstance(self._answer, Speaking):
            self._answer.then = None
        else:
            self._call.dialogue.add_answer()
        self._complete(at_s, turnCompleteReason=code)

    # Small decisions.

    def _tell_at_once(self, now_s: float) -> None:
        call = self._call
        if call.caller.is_speaking and not call.profile.interrupts_caller:
            return
        if isinstance(self._answer, Speaking | Reasoning):
            self._owes_answer = False
            self.interrupt(now_s)
        self.think(now_s)

    def _tell_when_idle(self, now_s: float) -> None:
        """What the caller is saying is answered anyhow, and the result with it."""
        if not self._call.caller.is_speaking:
            self.think(now_s)

    @property
    def _may_stay_silent(self) -> bool:
        proactivity = self._call.setup.proactivity
        is_asked = proactivity is not None and bool(proactivity.proactive_audio)
        return is_asked or self._call.profile.always_proactive

    def _wait_for_more(self, now_s: float) -> None:
        if self._answer is None:
            self._complete(now_s, turnCompleteReason="NEED_MORE_INPUT", waitingForInput=True)

    def _was_complete_just_before(self, now_s: float) -> bool:
        late_s = self._call.settings.late_interruption_s
        return late_s > 0 and self._complete_s is not None and now_s - self._complete_s <= late_s

    def _fits_the_context(self, at_s: float) -> bool:
        """A session that has outgrown its window is shortened, if it may be, or over."""
        call = self._call
        window, compression = call.settings.context_tokens, call.setup.context_window_compression
        if compression is not None:
            # 80 % of the window, and half of that: generative_service.proto, ContextWindowCompressionConfig.
            trigger = compression.trigger_tokens or window * 4 // 5
            sliding = compression.sliding_window
            target = sliding.target_tokens if sliding is not None else None
            if call.dialogue.context.total > trigger:
                call.dialogue.shorten(target or trigger // 2)
        elif call.dialogue.context.total > window:
            call.close(endings.INVALID_ARGUMENT, at_s)
            return False
        return True
