"""What the caller said, in writing: beside a conversation, in a session of its own, while they speak, or not at all."""

from __future__ import annotations

from typing import Any

from tests.sdk.openai_caller import Caller, Line, by_both, spoken_words

__all__: list[str] = []

GA = ">=1.107"
KIND = "conversation.item.input_audio_transcription."


@by_both("transcription", versions=GA)
async def transcription(caller: Caller) -> None:
    async with caller.dialled() as line:
        session = await line.updated(audio={"input": {"transcription": {"model": "gpt-4o-transcribe"}}})
        await line.says(2.0)
        await line.is_silent(0.5)
        told = await _until_both(line, "response.done", f"{KIND}completed")

    completed = _only(told, f"{KIND}completed")
    assert session.audio.input.transcription.model == "gpt-4o-transcribe"
    assert _transcript(told) == completed.transcript == spoken_words(2.0)
    assert completed.item_id == _only(told, "input_audio_buffer.committed").item_id
    assert completed.usage.type == "tokens"
    assert completed.usage.total_tokens == completed.usage.input_tokens + completed.usage.output_tokens


@by_both("transcription while speaking", versions=GA)
async def transcription_while_speaking(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(audio={"input": {"transcription": {"model": "gpt-realtime-whisper"}}})
        await line.says(2.0)
        early = await line.until(f"{KIND}delta")
        await line.is_silent(0.5)
        late = await line.until(f"{KIND}completed")

    assert "input_audio_buffer.speech_stopped" not in [event.type for event in early]
    assert _transcript(early + late) == late[-1].transcript == spoken_words(2.0)


@by_both("transcription by speakers", versions=GA)
async def transcription_by_speakers(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(audio={"input": {"transcription": {"model": "gpt-4o-transcribe-diarize"}}})
        await line.says(2.0)
        await line.is_silent(0.5)
        told = await line.until(f"{KIND}completed")

    segments = [event for event in told if event.type == f"{KIND}segment"]
    assert segments
    assert all(segment.speaker and segment.start < segment.end for segment in segments)
    assert " ".join(segment.text.strip() for segment in segments) == told[-1].transcript


@by_both("transcription with log probabilities", versions=GA)
async def transcription_with_log_probabilities(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(
            include=["item.input_audio_transcription.logprobs"],
            audio={"input": {"transcription": {"model": "gpt-4o-transcribe"}}},
        )
        await line.says(1.0)
        await line.is_silent(0.5)
        completed = await line.one(f"{KIND}completed")

    assert completed.logprobs
    assert all(each.logprob <= 0 and each.token.encode() == bytes(each.bytes) for each in completed.logprobs)


@by_both("transcription that fails", versions=GA, settings={"transcription_failures": 1.0})
async def transcription_that_fails(caller: Caller) -> None:
    async with caller.dialled() as line:
        await line.updated(audio={"input": {"transcription": {"model": "whisper-1"}}})
        await line.says(1.0)
        await line.is_silent(0.5)
        failed = await line.one(f"{KIND}failed")

    assert failed.error.code == "audio_unintelligible"


@by_both("transcription session", versions=">=2")
async def transcription_session(caller: Caller) -> None:
    """In 1.x `connect` demands a model, with which there is no such session."""
    async with caller.dialled(extra_query={"intent": "transcription"}) as line:
        created = (await line.one("session.created")).session
        await line.sdk.session.update(
            session={"type": "transcription", "audio": {"input": {"transcription": {"model": "whisper-1"}}}}
        )
        await line.one("session.updated")
        await line.says(1.0)
        await line.is_silent(0.8)
        told = await line.until(f"{KIND}completed")
        await line.sdk.response.create()
        error = await line.error()

    kinds = [event.type for event in line.events]
    assert created.type == "transcription"
    assert told[-1].transcript == spoken_words(1.0)
    assert told[-1].usage.type == "duration"
    assert error.code
    assert "response.created" not in kinds
    assert "rate_limits.updated" not in kinds


async def _until_both(line: Line, *kinds: str) -> list[Any]:
    """Everything until each of these has come: their order is the server's chance."""
    told: list[Any] = []
    while missing := [kind for kind in kinds if kind not in [event.type for event in told]]:
        told += await line.until(missing[0])
    return told


def _transcript(told: list[Any]) -> str:
    return "".join(event.delta for event in told if event.type == f"{KIND}delta")


def _only(told: list[Any], kind: str) -> Any:
    (event,) = (event for event in told if event.type == kind)
    return event
