"""The generations of Live models, and in what they differ.

Sources: ai.google.dev/gemini-api/docs/models/ gemini-3.1-flash-live-preview (2026-03), gemini-3.8-live and
gemini-3.8-live-extended-thinking (2026-09), live-api/thinking, live-api/live-translate, read 2026-11;
livekit/agents#5985 and pipecat#4168 for what 3.1 does with content.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Behavior", "Profile", "profile_of"]

Behavior = Literal["BLOCKING", "NON_BLOCKING"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One generation of models.

    Attributes:
        content_only_seeds: clientContent is taken as history before the conversation, and never else.
        echoes_typed_text: realtimeInput.text comes back as an input transcription.
        packs_fields: One serverContent carries audio, transcript and more at once.
        behavior: What a function is that does not say it.
        can_call_on: A function can run while the conversation goes on.
        must_call_on: No function is waited for, whatever it says.
        tells_status: Each turnComplete says whether more may follow.
        reasons_behind: The model goes on reasoning after it has begun to speak.
        always_proactive: The model may decide not to answer, and that cannot be switched off.
        speaks_only: TEXT cannot be asked for.
        takes_thinking_level: `thinkingLevel` is a setting of this model.
        has_cap: A connection has no goAway, it ends at a cap.
        interrupts_caller: A function's result that interrupts does so also while the caller speaks.
        tells_interim: Transcripts of the caller come as they grow.
        interprets: The model has no turns: it says in another language what it hears.
    """

    name: str
    content_only_seeds: bool = False
    echoes_typed_text: bool = False
    packs_fields: bool = False
    behavior: Behavior = "BLOCKING"
    can_call_on: bool = True
    must_call_on: bool = False
    tells_status: bool = False
    reasons_behind: bool = False
    always_proactive: bool = False
    speaks_only: bool = False
    takes_thinking_level: bool = True
    has_cap: bool = False
    interrupts_caller: bool = True
    tells_interim: bool = False
    interprets: bool = False

    def behavior_of(self, asked: str | None) -> Behavior:
        """How a function is called that was declared so."""
        if self.must_call_on:
            return "NON_BLOCKING"
        if not self.can_call_on or asked == "BLOCKING":
            return "BLOCKING"
        return "NON_BLOCKING" if asked == "NON_BLOCKING" else self.behavior


_2_5 = Profile(name="2.5")
_3_1 = Profile(
    name="3.1", content_only_seeds=True, echoes_typed_text=True, packs_fields=True, can_call_on=False, speaks_only=True
)
_3_8 = Profile(
    name="3.8",
    echoes_typed_text=True,
    packs_fields=True,
    behavior="NON_BLOCKING",
    tells_status=True,
    always_proactive=True,
    speaks_only=True,
    takes_thinking_level=False,
    has_cap=True,
    interrupts_caller=False,
    tells_interim=True,
)
_3_8_EXTENDED = replace(
    _3_8, name="3.8-extended-thinking", must_call_on=True, reasons_behind=True, takes_thinking_level=True
)
_TRANSLATE = Profile(name="live-translate", can_call_on=False, speaks_only=True, interprets=True)

_PROFILES = {profile.name: profile for profile in (_2_5, _3_1, _3_8, _3_8_EXTENDED, _TRANSLATE)}


def profile_of(model: str, *, asked: str = "by-name") -> Profile:
    """The generation that answers a setup for this model, if the settings do not name another."""
    if asked != "by-name":
        return _PROFILES[asked]
    if "live-translate" in model:
        return _TRANSLATE
    if "3.8" in model:
        return _3_8_EXTENDED if "extended-thinking" in model else _3_8
    return _3_1 if "gemini-3" in model else _2_5
