"""Items put in, asked back, deleted, cut short."""

import base64

import pytest

from tests.support.realtime_story import Story, error, kinds, only, text_turn


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
