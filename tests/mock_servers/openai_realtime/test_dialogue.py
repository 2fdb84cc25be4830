"""Items put in, asked back, deleted, cut short."""

import base64

import pytest

from mock_servers.openai_realtime import Settings
from tests.support.realtime_story import PIXEL, Story, configured, error, kinds, only, text_turn


def spoken_item(story: Story) -> dict:
    return only(story.client("response.create") + story.passes(10), "response.output_item.done")["item"]


def test_a_retrieved_item_has_its_audio():
    story = Story()
    item = spoken_item(story)
    retrieved = only(story.client("conversation.item.retrieve", item_id=item["id"]), "conversation.item.retrieved")
    words = item["content"][0]["transcript"].split()

    assert len(base64.b64decode(retrieved["item"]["content"][0]["audio"])) == 12_000 * len(words)


@pytest.mark.parametrize("verb", ["retrieve", "delete", "truncate"])
def test_an_item_that_is_not_there_has_a_code_for_each_verb(verb):
    fields = {"content_index": 0, "audio_end_ms": 0} if verb == "truncate" else {}
    refused = error(Story().client(f"conversation.item.{verb}", item_id="item_of_an_older_session", **fields))

    assert refused["code"] == f"item_{verb}_invalid_item_id"


def test_a_deleted_item_is_gone():
    story = Story()
    item = spoken_item(story)
    deleted = story.client("conversation.item.delete", item_id=item["id"])

    assert kinds(deleted) == ["conversation.item.deleted"]
    assert error(story.client("conversation.item.delete", item_id=item["id"]))["code"] == "item_delete_invalid_item_id"


def truncate(story: Story, item: dict, audio_end_ms: int) -> list[dict]:
    return story.client("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=audio_end_ms)


def test_a_truncated_item_loses_its_transcript_and_the_rest_of_its_audio():
    story = Story()
    item = spoken_item(story)
    told = truncate(story, item, 500)
    content = story.client("conversation.item.retrieve", item_id=item["id"])[0]["item"]["content"][0]

    assert kinds(told) == ["conversation.item.truncated"]
    assert (content["transcript"], len(base64.b64decode(content["audio"]))) == ("", 24_000)


def test_an_item_cannot_be_truncated_beyond_its_audio():
    story = Story()
    item = spoken_item(story)

    assert "is already shorter than 60000ms" in error(truncate(story, item, 60_000))["message"]


def test_an_item_cannot_be_truncated_before_its_beginning():
    story = Story()
    item = spoken_item(story)

    assert error(truncate(story, item, -1))["code"] == "integer_below_min_value"


def test_an_item_without_audio_cannot_be_truncated():
    story = Story()
    item = text_turn(story)[0]["item"]

    assert error(truncate(story, item, 0))["code"] == "unsupported_content_type"


def test_history_is_put_back_as_text():
    story = Story()
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I said so."}]}
    story.client("conversation.item.create", item=item)
    added = text_turn(story)[0]

    assert added["previous_item_id"] == story.messages[1]["item"]["id"]


def test_history_cannot_be_put_back_as_audio():
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "I said so."}]}
    refused = error(Story().client("conversation.item.create", item=item))

    assert (refused["code"], refused["param"]) == ("missing_required_parameter", "item.content[0].text")


def test_an_item_can_be_put_to_the_front():
    story = Story()
    first = text_turn(story)[0]["item"]["id"]
    item = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]}
    added = story.client("conversation.item.create", item=item, previous_item_id="root")[0]
    third = text_turn(story)[0]

    assert (added["previous_item_id"], third["previous_item_id"]) == (None, first)


def test_an_item_behind_one_that_is_not_there_is_refused():
    item = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]}
    refused = error(Story().client("conversation.item.create", item=item, previous_item_id="item_gone"))

    assert refused["param"] == "previous_item_id"


def test_an_item_without_a_role_is_asked_for_it():
    refused = error(Story().client("conversation.item.create", item={"type": "message", "content": []}))

    assert (refused["code"], refused["param"]) == ("missing_required_parameter", "item.role")


@pytest.mark.parametrize(
    ("part", "code", "param"),
    [
        ({"type": "input_text"}, "missing_required_parameter", "item.content[0].text"),
        ({"type": "input_image"}, "missing_required_parameter", "item.content[0].image_url"),
        (
            {"type": "input_image", "image_url": "https://example.com/a.png"},
            "invalid_value",
            "item.content[0].image_url",
        ),
        ({"type": "input_image", "image_url": "data:image/png;base64,?"}, "invalid_value", "item.content[0].image_url"),
    ],
)
def test_what_a_user_says_has_to_be_there(part, code, param):
    item = {"type": "message", "role": "user", "content": [part]}
    refused = error(Story().client("conversation.item.create", item=item))

    assert (refused["code"], refused["param"]) == (code, param)


def test_an_image_is_an_item_like_any_other():
    item = {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": PIXEL}]}
    added = only(Story().client("conversation.item.create", item=item), "conversation.item.added")

    assert added["item"]["content"][0]["image_url"] == PIXEL


def test_the_code_of_a_truncation_beyond_the_audio_can_be_null():
    story = Story(settings=Settings(processing_s=0.0, truncate_beyond_code=""))
    item = spoken_item(story)

    assert error(truncate(story, item, 60_000))["code"] is None


def test_a_minute_of_audio_comes_back_in_more_than_a_mebibyte():
    story = configured(audio={"input": {"turn_detection": None}})
    audio = base64.b64encode(bytes(60 * 48_000)).decode()
    story.client("input_audio_buffer.append", audio=audio)
    item_id = story.client("input_audio_buffer.commit")[0]["item_id"]
    story.client("conversation.item.retrieve", item_id=item_id)

    assert len(story.sends[-1].payload) > 3_476_354
