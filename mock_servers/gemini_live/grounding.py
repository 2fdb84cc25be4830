"""`groundingMetadata`: where an answer has its facts from, by the tool that found them.

Each field as python-genai 3.4.0 tells it (types.py, GroundingMetadata and below), on the service that has it. The sources
are made up of what was asked for; nothing is looked up.
"""

from __future__ import annotations

import base64
import html
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

__all__ = ["Grounded", "from_documents", "from_file_search", "from_maps", "from_search"]

Metadata = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """An answer that rests on sources: its text, and which part of its turn it is, from 0."""

    text: str
    part: int = 0
    on_vertex: bool = False

    def by(self, *chunks: Metadata) -> Metadata:
        """The sources, and which piece of the answer each of them supports: all of them each half of its words.

        Offsets count bytes; one that is 0 is left out.
        """
        return {
            "groundingChunks": list(chunks),
            "groundingSupports": [self._support(start, end, len(chunks)) for start, end in self._halves()],
        }

    def _halves(self) -> list[tuple[int, int]]:
        words = self.text.split(" ")
        middle = len(" ".join(words[: len(words) // 2]))
        ends = [middle, len(self.text)] if middle else [len(self.text)]
        return list(zip([0, *ends], ends, strict=False))

    def _support(self, start: int, end: int, sources: int) -> Metadata:
        at, until = len(self.text[:start].encode()), len(self.text[:end].encode())
        segment: Metadata = {"startIndex": at, "endIndex": until, "partIndex": self.part, "text": self.text[start:end]}
        support: Metadata = {
            "segment": {name: value for name, value in segment.items() if value},
            "groundingChunkIndices": list(range(sources)),
        }
        if self.on_vertex:
            support["confidenceScores"] = [0.9] * sources
        return support


def from_search(query: str, answer: Grounded, *, images: bool, score: bool) -> Metadata:
    """Google Search.

    Args:
        images: Images were searched for too.
        score: How far a search was worth it is told, as dynamic retrieval does.
    """
    uri = f"https://example.com/{quote(query)}"
    page: Metadata = {"uri": uri, "title": "example.com"}
    if answer.on_vertex:
        page["domain"] = "example.com"
    chunks: list[Metadata] = [{"web": page}]
    links = base64.b64encode(json.dumps([{query: uri}]).encode()).decode()
    told: Metadata = {
        "webSearchQueries": [query],
        "searchEntryPoint": {"renderedContent": f"<div>{html.escape(query)}</div>", "sdkBlob": links},
    }
    if images:
        image = {"sourceUri": uri, "imageUri": f"{uri}.png", "title": query, "domain": "example.com"}
        chunks.append({"image": image})
        told["imageSearchQueries"] = [query]
    if score:
        told["retrievalMetadata"] = {"googleSearchDynamicRetrievalScore": 0.9}
    return told | answer.by(*chunks)


def from_maps(place: str, answer: Grounded, *, is_way: bool, widget: bool) -> Metadata:
    """Google Maps.

    Args:
        is_way: The way there was asked for, which Vertex tells too.
        widget: A token to show a map with is wanted.
    """
    name = quote(place, safe="")
    flag = f"https://maps.google.com/flag?place={name}"
    found: Metadata = {
        "uri": f"https://maps.google.com/?q={name}",
        "title": place,
        "placeId": f"places/{name}",
        "text": place,
        "placeAnswerSources": {"flagContentUri": flag, "reviewSnippets": [_review(place, name)]},
    }
    if is_way and answer.on_vertex:
        # The polyline is the example of Google's page on their encoding.
        found["route"] = {"distanceMeters": 1200, "duration": "900s", "encodedPolyline": "_p~iF~ps|U_ulLnnqC_mqNvxq`@"}
    told = answer.by({"maps": found})
    if widget:
        told["googleMapsWidgetContextToken"] = f"widgetcontent/{name}"
    if answer.on_vertex:
        told["sourceFlaggingUris"] = [{"sourceId": found["placeId"], "flagContentUri": flag}]
    return told


def from_documents(query: str, answer: Grounded) -> Metadata:
    """Vertex's retrieval from one's own documents."""
    document = "projects/p/locations/global/collections/c/dataStores/d/branches/0/documents/1"
    rag = {"text": query, "chunkId": "1", "fileId": "1", "pageSpan": {"firstPage": 1, "lastPage": 1}}
    found = {
        "uri": f"gs://example/{quote(query)}",
        "title": query,
        "text": query,
        "documentName": document,
        "ragChunk": rag,
    }
    return {"retrievalQueries": [query], **answer.by({"retrievedContext": found})}


def from_file_search(query: str, answer: Grounded, store: str) -> Metadata:
    """The Gemini API's retrieval from one's own files, each with what its owner wrote on it."""
    custom = [
        {"key": "asked", "stringValue": query},
        {"key": "words", "stringListValue": {"values": query.split()}},
        {"key": "length", "numericValue": float(len(query))},
    ]
    found = {
        "title": query,
        "text": query,
        "fileSearchStore": store,
        "pageNumber": 1,
        "mediaId": f"{store}/media/1",
        "customMetadata": custom,
    }
    return answer.by({"retrievedContext": found})


def _review(place: str, name: str) -> Metadata:
    author = f"https://maps.google.com/contrib/{name}"
    return {
        "title": place,
        "review": f"places/{name}/reviews/1",
        "reviewId": "1",
        "relativePublishTimeDescription": "a month ago",
        "googleMapsUri": f"https://maps.google.com/reviews/{name}",
        "flagContentUri": f"https://maps.google.com/flag?review={name}",
        "authorAttribution": {"displayName": "A visitor", "uri": author, "photoUri": f"{author}.png"},
    }
