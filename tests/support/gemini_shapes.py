"""What a Gemini Live server message may look like, written down from the vendor's field tables a second time.

The mock's own builders are not asked: a field misread there would be misread twice.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

__all__ = ["check_shape"]

Check = Callable[[Any], bool]


def _object(**fields: Check) -> Check:
    def check(value: Any) -> bool:
        return isinstance(value, dict) and all(key in fields and fields[key](inner) for key, inner in value.items())

    return check


def _list_of(item: Check) -> Check:
    return lambda value: isinstance(value, list) and bool(value) and all(item(inner) for inner in value)


def _one_of(*names: str) -> Check:
    return lambda value: value in names


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _true(value: Any) -> bool:
    """A default is left out, so that a flag which is there is true."""
    return value is True


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _number(value: Any) -> bool:
    return isinstance(value, float)


def _share(value: Any) -> bool:
    return isinstance(value, float) and 0 <= value <= 1


def _any_object(value: Any) -> bool:
    return isinstance(value, dict)


def _standard_base64(value: Any) -> bool:
    return isinstance(value, str) and base64.b64encode(base64.b64decode(value, validate=True)).decode() == value


def _int64(value: Any) -> bool:
    """Protobuf's JSON writes 64-bit integers as strings."""
    return isinstance(value, str) and value.isascii() and value.isdecimal()


def _duration(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d+(\.\d{3}|\.\d{6}|\.\d{9})?s", value) is not None


_DETAILS = _list_of(_object(modality=_one_of("TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"), tokenCount=_count))
_WORD = _object(word=_text, startOffset=_duration, endOffset=_duration)
_TRANSCRIPTION = _object(
    text=_text,
    finished=_true,
    languageCode=_text,
    speakerLabel=_text,
    words=_list_of(_WORD),
    startOffset=_duration,
    endOffset=_duration,
)
_PART = _object(
    text=_text,
    thought=_true,
    thoughtSignature=_standard_base64,
    inlineData=_object(mimeType=_text, data=_standard_base64),
    executableCode=_object(language=_one_of("PYTHON"), code=_text, id=_text),
    codeExecutionResult=_object(
        outcome=_one_of("OUTCOME_OK", "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED"), output=_text, id=_text
    ),
)
_PLACE_SOURCES = _object(
    flagContentUri=_text,
    reviewSnippets=_list_of(
        _object(
            title=_text,
            review=_text,
            reviewId=_text,
            relativePublishTimeDescription=_text,
            googleMapsUri=_text,
            flagContentUri=_text,
            authorAttribution=_object(displayName=_text, uri=_text, photoUri=_text),
        )
    ),
)
_ROUTE = _object(distanceMeters=_count, duration=_duration, encodedPolyline=_text)
_RETRIEVED = _object(
    uri=_text,
    title=_text,
    text=_text,
    documentName=_text,
    fileSearchStore=_text,
    pageNumber=_count,
    mediaId=_text,
    customMetadata=_list_of(
        _object(key=_text, stringValue=_text, numericValue=_number, stringListValue=_object(values=_list_of(_text)))
    ),
    ragChunk=_object(text=_text, chunkId=_text, fileId=_text, pageSpan=_object(firstPage=_count, lastPage=_count)),
)
_GROUNDING = _object(
    webSearchQueries=_list_of(_text),
    imageSearchQueries=_list_of(_text),
    retrievalQueries=_list_of(_text),
    retrievalMetadata=_object(googleSearchDynamicRetrievalScore=_share),
    searchEntryPoint=_object(renderedContent=_text, sdkBlob=_standard_base64),
    googleMapsWidgetContextToken=_text,
    sourceFlaggingUris=_list_of(_object(sourceId=_text, flagContentUri=_text)),
    groundingChunks=_list_of(
        _object(
            web=_object(uri=_text, title=_text, domain=_text),
            maps=_object(
                uri=_text, title=_text, placeId=_text, text=_text, placeAnswerSources=_PLACE_SOURCES, route=_ROUTE
            ),
            image=_object(sourceUri=_text, imageUri=_text, title=_text, domain=_text),
            retrievedContext=_RETRIEVED,
        )
    ),
    groundingSupports=_list_of(
        _object(
            segment=_object(startIndex=_count, endIndex=_count, partIndex=_count, text=_text),
            groundingChunkIndices=_list_of(lambda value: isinstance(value, int)),
            confidenceScores=_list_of(_share),
        )
    ),
)
_URLS = _object(
    urlMetadata=_list_of(
        _object(
            retrievedUrl=_text,
            urlRetrievalStatus=_one_of(
                "URL_RETRIEVAL_STATUS_SUCCESS",
                "URL_RETRIEVAL_STATUS_ERROR",
                "URL_RETRIEVAL_STATUS_PAYWALL",
                "URL_RETRIEVAL_STATUS_UNSAFE",
            ),
        )
    )
)
_USAGE = _object(
    promptTokenCount=_count,
    responseTokenCount=_count,
    candidatesTokenCount=_count,
    toolUsePromptTokenCount=_count,
    thoughtsTokenCount=_count,
    totalTokenCount=_count,
    promptTokensDetails=_DETAILS,
    responseTokensDetails=_DETAILS,
    candidatesTokensDetails=_DETAILS,
    toolUsePromptTokensDetails=_DETAILS,
    trafficType=_one_of("ON_DEMAND"),
    serviceTier=_one_of("standard"),
)
_MESSAGES: dict[str, Check] = {
    "setupComplete": _object(sessionId=_text, voiceConsentSignature=_object(signature=_text)),
    "serverContent": _object(
        modelTurn=_object(role=_one_of("model"), parts=_list_of(_PART)),
        generationComplete=_true,
        turnComplete=_true,
        interrupted=_true,
        waitingForInput=_true,
        turnCompleteReason=_text,
        interactionStatus=_one_of("IN_PROGRESS", "IDLE"),
        inputTranscription=_TRANSCRIPTION,
        interimInputTranscription=_TRANSCRIPTION,
        outputTranscription=_TRANSCRIPTION,
        groundingMetadata=_GROUNDING,
        urlContextMetadata=_URLS,
    ),
    "toolCall": _object(functionCalls=_list_of(_object(id=_text, name=_text, args=_any_object))),
    "toolCallCancellation": _object(ids=_list_of(_text)),
    "goAway": _object(timeLeft=_duration),
    "sessionResumptionUpdate": _object(newHandle=_text, resumable=_true, lastConsumedClientMessageIndex=_int64),
    "voiceActivityDetectionSignal": _object(vadSignalType=_one_of("VAD_SIGNAL_TYPE_SOS", "VAD_SIGNAL_TYPE_EOS")),
    "voiceActivity": _object(type=_one_of("ACTIVITY_START", "ACTIVITY_END"), audioOffset=_duration),
}


def check_shape(message: dict[str, Any]) -> None:
    """Raises AssertionError if Google's own client could not read the message."""
    kinds = [key for key in message if key != "usageMetadata"]
    assert len(kinds) == 1 or (not kinds and message), f"not one message: {message}"
    assert all(_MESSAGES[kind](message[kind]) for kind in kinds), f"no such message: {message}"
    assert _USAGE(message.get("usageMetadata", {})), f"no such usage: {message}"
