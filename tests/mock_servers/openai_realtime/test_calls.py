"""Calls over WebRTC and SIP, joined from the side."""

import json
from dataclasses import replace

import pytest

from mock_servers.base.protocol import Answer, Close
from mock_servers.openai_realtime import OpenAIRealtime, Settings
from tests.support.realtime_story import Story, error, kinds, only, openai, request

OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


def posted(vendor: OpenAIRealtime, path: str, body: bytes = b"", *, content_type: str = "") -> Answer:
    post = replace(request("/v1/realtime/calls" + path), method="POST", is_upgrade=False, body=body)
    answer = vendor.asked(replace(post, headers=(*post.headers, ("content-type", content_type))), 0.0)
    assert isinstance(answer, Answer)
    return answer


def call_id_of(answer: Answer) -> str:
    return dict(answer.headers)["location"].rpartition("/")[2]


def on_the_phone(settings: Settings | None = None) -> Story:
    vendor = openai(settings or Settings(processing_s=0.0))
    posted(vendor, "/rtc_ringing/accept", b'{"type": "realtime"}')
    return Story(vendor, call_id="rtc_ringing")


def test_an_unknown_call_is_an_empty_404():
    answer = openai().asked(request(call_id="rtc_unknown"), 0.0)

    assert answer == Answer(status=404)


def test_a_call_that_still_rings_cannot_be_joined():
    assert openai().asked(request(call_id="rtc_ringing"), 0.0) == Answer(status=404)


def test_an_offer_makes_a_call_that_can_be_joined():
    vendor = openai()
    answer = posted(vendor, "", OFFER, content_type="application/sdp")
    story = Story(vendor, call_id=call_id_of(answer))

    assert answer.status == 201
    assert kinds(story.messages) == ["session.created"]


def test_the_answer_to_an_offer_takes_none_of_its_media():
    assert b"m=audio 0 UDP/TLS/RTP/SAVPF 111" in posted(openai(), "", OFFER).body[0].data


def test_an_offer_may_bring_its_session():
    vendor = openai()
    session = json.dumps({"type": "realtime", "instructions": "Of the call."})
    form = (
        f'--b\r\ncontent-disposition: form-data; name="sdp"\r\n\r\n{OFFER.decode()}\r\n'
        f'--b\r\ncontent-disposition: form-data; name="session"\r\n\r\n{session}\r\n--b--\r\n'
    )
    answer = posted(vendor, "", form.encode(), content_type="multipart/form-data; boundary=b")
    story = Story(vendor, call_id=call_id_of(answer))

    assert story.messages[0]["session"]["instructions"] == "Of the call."


@pytest.mark.parametrize("verb", ["hangup", "reject"])
def test_a_call_that_is_over_cannot_be_joined(verb):
    vendor = openai()
    posted(vendor, "/rtc_ringing/accept", b"{}")
    posted(vendor, f"/rtc_ringing/{verb}")

    assert vendor.asked(request(call_id="rtc_ringing"), 0.0) == Answer(status=404)


def test_who_is_in_a_call_that_is_hung_up_is_let_go():
    story = on_the_phone()
    posted(story.vendor, "/rtc_ringing/hangup")
    story.passes(0.2)

    assert story.close == Close(code=1000)


def test_the_caller_is_heard_and_answered_aloud():
    story = on_the_phone()
    story.passes(8)

    assert [kind for kind in kinds(story.messages) if "buffer." in kind and "dtmf" not in kind][:5] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "output_audio_buffer.started",
        "output_audio_buffer.stopped",
    ]


def test_the_sound_of_a_call_goes_another_way():
    story = on_the_phone()
    story.passes(8)

    assert "response.output_audio.delta" not in kinds(story.messages)
    assert only(story.messages, "response.output_audio.done")


def test_what_is_heard_lasts_as_long_as_it_lasts():
    story = on_the_phone()
    story.passes(8)
    at = {message["type"]: at for at, message in zip(story.times_s, story.messages, strict=True)}
    words = only(story.messages, "response.output_audio_transcript.done")["transcript"].split()

    lasts_s = at["output_audio_buffer.stopped"] - at["output_audio_buffer.started"]
    assert lasts_s == pytest.approx(len(words) * 0.25)
    assert at["output_audio_buffer.stopped"] > at["response.done"]


def test_a_caller_who_interrupts_clears_what_would_be_heard():
    story = on_the_phone(Settings(processing_s=0.0, call_speech_s=0.0))
    story.client("response.create")
    story.passes(1)
    told = story.says(0.05)

    assert "output_audio_buffer.cleared" in kinds(told)


def test_a_client_can_clear_what_would_be_heard():
    story = on_the_phone()
    story.passes(5)
    cleared = only(story.client("output_audio_buffer.clear"), "output_audio_buffer.cleared")

    assert cleared["response_id"] == only(story.messages, "output_audio_buffer.started")["response_id"]
    assert "output_audio_buffer.stopped" not in kinds(story.passes(10))


def test_there_is_nothing_to_clear_without_a_call():
    refused = error(Story().client("output_audio_buffer.clear"))

    assert (refused["code"], refused["param"]) == ("invalid_value", "type")


def test_keys_are_told_as_they_are_pressed():
    story = on_the_phone(Settings(call_keys="42#"))
    story.passes(2)
    pressed = [m for m in story.messages if m["type"] == "input_audio_buffer.dtmf_event_received"]

    assert [message["event"] for message in pressed] == ["4", "2", "#"]
    assert all("event_id" not in message for message in pressed)
    assert pressed[0]["received_at"] == 1_800_000_000


def test_nobody_presses_keys_over_webrtc():
    vendor = openai()
    story = Story(vendor, call_id=call_id_of(posted(vendor, "", OFFER)))
    story.passes(8)

    assert "input_audio_buffer.dtmf_event_received" not in kinds(story.messages)


def test_the_caller_falls_silent_in_the_end():
    story = on_the_phone()
    story.passes(120)

    assert kinds(story.messages).count("input_audio_buffer.speech_started") == 2


def test_a_medias_event_has_an_id_of_its_own_kind():
    story = on_the_phone()
    story.passes(8)
    event_id = only(story.messages, "output_audio_buffer.started")["event_id"]

    assert len(event_id.removeprefix("event_")) == 16
