"""True conversations with the OpenAI Realtime mock, without a network: together they hold all that it can say.

Each story gives every message that the mock sent in it, in order. Nothing is asked for by name: each message comes because
of what was said, typed, pressed, or left unsaid.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_servers.base.protocol import Answer, Send
from mock_servers.base.trouble import FailResponse, ProviderError, Quota, RateLimited
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from tests.support.realtime_story import PIXEL, openai, request
from tests.support.realtime_story import Story as Session

__all__ = ["BETA_STORIES", "STORIES", "Story"]

Story = Callable[[], list[Send]]
"""Gives every message that the mock sent in it, in order."""

BETA = (("openai-beta", "realtime=v1"),)
SERVED = Settings(beta="served")
BETA_MODEL = "gpt-4o-realtime-preview"
SECOND_GENERATION = "gpt-realtime-2.1"

WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
ROADS = {"type": "function", "name": "roads", "parameters": {"type": "object"}}
DOCS = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/mcp"}

OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


# What a client does.


def configured(story: Session, **session: Any) -> Session:
    story.client("session.update", session={"type": "realtime", **session})
    return story


def transcribing(model: str, *, settings: Settings | None = None, **session: Any) -> Session:
    story = Session(settings=settings or Settings())
    return configured(story, audio={"input": {"transcription": {"model": model}}}, **session)


def types(story: Session, text: str) -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    story.client("conversation.item.create", item=item)
    story.client("response.create")


def says_a_turn(story: Session, lasts_s: float = 1.5) -> None:
    story.is_silent(0.2)
    story.says(lasts_s)
    story.is_silent(0.3)
    story.passes(8)


def rest(vendor: OpenAIRealtime, path: str, body: bytes = b"") -> Answer:
    asked = replace(request(path), method="POST", query=(), is_upgrade=False, body=body)
    answer = vendor.asked(asked, 0.0)
    assert isinstance(answer, Answer)
    return answer


def answered_call(vendor: OpenAIRealtime) -> str:
    """A call over WebRTC: offered over REST, known by the place that the answer names."""
    located = dict(rest(vendor, "/v1/realtime/calls", OFFER).headers)["location"]
    return located.rpartition("/")[2]


# The GA shape.


def a_typed_turn() -> list[Send]:
    story = Session(settings=Settings())
    types(story, "hello")
    story.passes(8)
    return story.sends


def a_spoken_turn() -> list[Send]:
    story = transcribing("gpt-4o-transcribe", include=["item.input_audio_transcription.logprobs"])
    says_a_turn(story)
    return story.sends


def a_turn_in_writing() -> list[Send]:
    story = configured(Session(settings=Settings()), output_modalities=["text"])
    types(story, "hello")
    story.passes(8)
    return story.sends


def a_turn_about_a_picture() -> list[Send]:
    story = Session(settings=Settings())
    content = [{"type": "input_image", "image_url": PIXEL}, {"type": "input_text", "text": "what is this?"}]
    story.client("conversation.item.create", item={"type": "message", "role": "user", "content": content})
    story.client("response.create")
    story.passes(8)
    return story.sends


def a_turn_on_the_phone_line() -> list[Send]:
    """G.711, both ways."""
    fmt = {"type": "audio/pcmu"}
    story = configured(
        Session(settings=Settings()),
        audio={"input": {"format": fmt, "turn_detection": None}, "output": {"format": fmt}},
    )
    noise = bytes(range(0, 255, 17)) * 400
    story.client("input_audio_buffer.append", audio=base64.b64encode(noise).decode())
    story.client("input_audio_buffer.commit")
    story.client("response.create")
    story.passes(8)
    return story.sends


def words_while_speaking() -> list[Send]:
    story = transcribing("gpt-realtime-whisper")
    says_a_turn(story)
    return story.sends


def words_by_speaker() -> list[Send]:
    story = transcribing("gpt-4o-transcribe-diarize")
    says_a_turn(story)
    return story.sends


def words_with_their_language() -> list[Send]:
    story = transcribing("gpt-transcribe")
    says_a_turn(story)
    return story.sends


def words_at_once() -> list[Send]:
    story = transcribing("whisper-1")
    says_a_turn(story)
    return story.sends


def a_cough() -> list[Send]:
    """Too short for any word: nothing can be written down."""
    story = transcribing("gpt-4o-transcribe")
    says_a_turn(story, 0.1)
    return story.sends


def only_listening() -> list[Send]:
    story = Session(settings=Settings(), intent="transcription")
    transcription = {"model": "gpt-4o-mini-transcribe"}
    story.client(
        "session.update", session={"type": "transcription", "audio": {"input": {"transcription": transcription}}}
    )
    says_a_turn(story)
    return story.sends


def a_caller_who_interrupts() -> list[Send]:
    story = Session(settings=Settings())
    types(story, "tell me much")
    story.passes(0.5)
    story.says(0.5)
    story.is_silent(0.3)
    story.passes(8)
    return story.sends


def a_caller_who_says_nothing_more() -> list[Send]:
    story = configured(
        Session(settings=Settings()),
        audio={"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}},
    )
    types(story, "hello")
    story.is_silent(10.0)
    return story.sends


def a_client_who_commits_by_hand() -> list[Send]:
    story = configured(Session(settings=Settings()), audio={"input": {"turn_detection": None}})
    story.says(0.5)
    story.client("input_audio_buffer.clear")
    story.says(0.5)
    story.client("input_audio_buffer.commit")
    story.client("response.create")
    story.passes(0.4)
    story.client("response.cancel")
    story.passes(8)
    return story.sends


def a_conversation_that_is_edited() -> list[Send]:
    story = Session(settings=Settings())
    types(story, "hello")
    story.passes(8)
    item_id = story.messages[-2]["response"]["output"][0]["id"]
    story.client("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=500)
    story.client("conversation.item.retrieve", item_id=item_id)
    story.client("conversation.item.delete", item_id=item_id)
    return story.sends


def a_tool_of_the_client() -> list[Send]:
    story = configured(Session(settings=Settings()), tools=[WEATHER])
    types(story, "please call weather")
    story.passes(8)
    call_id = story.messages[-2]["response"]["output"][0]["call_id"]
    item = {"type": "function_call_output", "call_id": call_id, "output": "sunny"}
    story.client("conversation.item.create", item=item)
    story.client("response.create")
    story.passes(8)
    return story.sends


def a_comment_and_two_tools() -> list[Send]:
    story = configured(Session(settings=Settings(), model=SECOND_GENERATION), tools=[WEATHER, ROADS])
    types(story, "call weather and call roads")
    story.passes(8)
    return story.sends


def tools_of_a_server() -> list[Send]:
    story = configured(Session(settings=Settings()), tools=[DOCS | {"require_approval": "never"}])
    story.passes(1)
    for tool in ("search", "explode"):
        types(story, f"call {tool}")
        story.passes(8)
    return story.sends


def a_tool_that_needs_leave() -> list[Send]:
    story = configured(Session(settings=Settings()), tools=[DOCS])
    story.passes(1)
    types(story, "call search")
    story.passes(8)
    asked = story.messages[-2]["response"]["output"][0]
    answer = {"type": "mcp_approval_response", "approval_request_id": asked["id"], "approve": True}
    story.client("conversation.item.create", item=answer)
    story.passes(1)
    story.client("response.create")
    story.passes(8)
    return story.sends


def a_server_that_is_not_there() -> list[Send]:
    story = configured(Session(settings=Settings()), tools=[DOCS | {"server_url": "https://docs.invalid/mcp"}])
    story.passes(1)
    return story.sends


def a_call_on_the_phone() -> list[Send]:
    vendor = openai(Settings())
    rest(vendor, "/v1/realtime/calls/rtc_ringing/accept", b'{"type": "realtime"}')
    story = Session(vendor, call_id="rtc_ringing")
    story.passes(20)
    return story.sends


def a_call_that_is_cut_short() -> list[Send]:
    vendor = openai(Settings())
    story = Session(vendor, call_id=answered_call(vendor))
    story.passes(5)
    story.client("response.cancel")
    story.client("output_audio_buffer.clear")
    story.passes(5)
    return story.sends


def answers_that_stay_incomplete() -> list[Send]:
    story = configured(Session(settings=Settings(content_filter_word="forbidden")), max_output_tokens=20)
    types(story, "tell me much")
    story.passes(8)
    configured(story, max_output_tokens="inf")
    types(story, "tell me the forbidden thing")
    story.passes(8)
    return story.sends


def answers_that_fail() -> list[Send]:
    story = Session(settings=Settings())
    types(story, "hello")
    story.passes(0.5)
    story.troubled(FailResponse(code="server_error"))
    types(story, "again")
    story.passes(0.5)
    story.troubled(RateLimited(retry_after_s=20))
    story.troubled(ProviderError(code="server_error"))
    story.passes(1)
    return story.sends


def an_account_without_money() -> list[Send]:
    story = Session(settings=Settings())
    story.troubled(Quota())
    return story.sends


def an_hour() -> list[Send]:
    story = Session(settings=Settings())
    story.passes(3601)
    return story.sends


def mistakes() -> list[Send]:
    story = Session(settings=Settings())
    story.raw("{")
    story.raw(b"\x00")
    story.client("response.make", event_id="mine")
    story.client("session.update", session={})
    story.client("input_audio_buffer.commit")
    story.client("response.cancel")
    return story.sends


def names_that_only_types_know() -> list[Send]:
    story = Session(settings=Settings(announced=True))
    types(story, "hello")
    story.passes(8)
    return story.sends


STORIES: dict[str, Story] = {
    "a typed turn": a_typed_turn,
    "a spoken turn": a_spoken_turn,
    "a turn in writing": a_turn_in_writing,
    "a turn about a picture": a_turn_about_a_picture,
    "a turn on the phone line": a_turn_on_the_phone_line,
    "words while speaking": words_while_speaking,
    "words by speaker": words_by_speaker,
    "words with their language": words_with_their_language,
    "words at once": words_at_once,
    "a cough": a_cough,
    "only listening": only_listening,
    "a caller who interrupts": a_caller_who_interrupts,
    "a caller who says nothing more": a_caller_who_says_nothing_more,
    "a client who commits by hand": a_client_who_commits_by_hand,
    "a conversation that is edited": a_conversation_that_is_edited,
    "a tool of the client": a_tool_of_the_client,
    "a comment and two tools": a_comment_and_two_tools,
    "tools of a server": tools_of_a_server,
    "a tool that needs leave": a_tool_that_needs_leave,
    "a server that is not there": a_server_that_is_not_there,
    "a call on the phone": a_call_on_the_phone,
    "a call that is cut short": a_call_that_is_cut_short,
    "answers that stay incomplete": answers_that_stay_incomplete,
    "answers that fail": answers_that_fail,
    "an account without money": an_account_without_money,
    "an hour": an_hour,
    "mistakes": mistakes,
    "names that only types know": names_that_only_types_know,
}


# The beta's shape.


def old_client(settings: Settings = SERVED) -> Session:
    return Session(settings=settings, headers=BETA, model=BETA_MODEL)


def an_old_typed_turn() -> list[Send]:
    story = old_client()
    types(story, "hello")
    story.passes(8)
    return story.sends


def an_old_spoken_turn() -> list[Send]:
    story = old_client()
    story.client("session.update", session={"input_audio_transcription": {"model": "whisper-1"}, "temperature": 0.7})
    says_a_turn(story)
    says_a_turn(story, 0.1)
    return story.sends


def an_old_turn_in_writing() -> list[Send]:
    story = old_client()
    story.client("session.update", session={"modalities": ["text"], "tools": [WEATHER]})
    types(story, "hello")
    story.passes(8)
    types(story, "call weather")
    story.passes(8)
    return story.sends


def an_old_conversation_that_is_edited() -> list[Send]:
    story = old_client()
    types(story, "hello")
    story.passes(8)
    item_id = story.messages[-1]["response"]["output"][0]["id"]
    story.client("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=500)
    story.client("conversation.item.retrieve", item_id=item_id)
    story.client("conversation.item.delete", item_id=item_id)
    story.says(0.5)
    story.client("input_audio_buffer.clear")
    story.client("response.cancel")
    return story.sends


def an_old_client_who_only_listens() -> list[Send]:
    story = Session(settings=SERVED, headers=BETA, intent="transcription")
    story.client("transcription_session.update", session={"input_audio_transcription": {"model": "gpt-4o-transcribe"}})
    says_a_turn(story)
    return [send for send in story.sends if send.name != "transcription_session.created"]


def an_old_call() -> list[Send]:
    vendor = openai(SERVED)
    story = Session(vendor, headers=BETA, call_id=answered_call(vendor))
    story.passes(11)
    story.client("output_audio_buffer.clear")
    story.passes(5)
    return story.sends


def an_old_conversation_that_is_announced() -> list[Send]:
    return old_client(replace(SERVED, announced=True)).sends


BETA_STORIES: dict[str, Story] = {
    "a typed turn": an_old_typed_turn,
    "a spoken turn": an_old_spoken_turn,
    "a turn in writing": an_old_turn_in_writing,
    "a conversation that is edited": an_old_conversation_that_is_edited,
    "only listening": an_old_client_who_only_listens,
    "a call": an_old_call,
    "a conversation that is announced": an_old_conversation_that_is_announced,
}
