"""`groundingMetadata`: where an answer has its facts from, by the tool that found them.

Each field as python-genai 3.4.0 tells it (types.py, GroundingMetadata and below), on the service that has it. The sources
are made up of what was asked for; nothing is looked up.
"""

from __future__ import annotations

import base64
import html
import json
from typing import Any
from urllib.parse import quote

__all__ = ["from_documents", "from_file_search", "from_maps", "from_search"]


def from_search(query: str, answer: str, *, on_vertex: bool, images: bool, score: bool) -> dict[str, Any]:
    """Google Search.

    Args:
        images: Images were searched for too.
        score: How far a search was worth it is told, as dynamic retrieval does.
    """
    uri = f"https://example.com/{quote(query)}"
    page: dict[str, Any] = {"uri": uri, "title": "example.com"}
    if on_vertex:
        page["domain"] = "example.com"
    chunks: list[dict[str, Any]] = [{"web": page}]
    links = base64.b64encode(json.dumps([{query: uri}]).encode()).decode()
    told: dict[str, Any] = {
        "webSearchQueries": [query],
        "searchEntryPoint": {"renderedContent": f"<div>{html.escape(query)}</div>", "sdkBlob": links},
    }
    if images:
        image = {"sourceUri": uri, "imageUri": f"{uri}.png", "title": query, "domain": "example.com"}
        chunks.append({"image": image})
        told["imageSearchQueries"] = [query]
    if score:
        told["retrievalMetadata"] = {"googleSearchDynamicRetrievalScore": 0.9}
    return told | {"groundingChunks": chunks, "groundingSupports": [_support(answer, chunks, on_vertex=on_vertex)]}


def from_maps(place: str, answer: str, *, on_vertex: bool, widget: bool) -> dict[str, Any]:
    """Google Maps; `widget` is a token to show a map with."""
    name = quote(place, safe="")
    found = {"uri": f"https://maps.google.com/?q={name}", "title": place, "placeId": f"places/{name}", "text": place}
    chunks: list[dict[str, Any]] = [{"maps": found}]
    told: dict[str, Any] = {"groundingChunks": chunks}
    told["groundingSupports"] = [_support(answer, chunks, on_vertex=on_vertex)]
    if widget:
        told["googleMapsWidgetContextToken"] = f"widgetcontent/{name}"
    if on_vertex:
        flag = f"https://maps.google.com/flag?place={name}"
        told["sourceFlaggingUris"] = [{"sourceId": found["placeId"], "flagContentUri": flag}]
    return told


def from_documents(query: str, answer: str) -> dict[str, Any]:
    """Vertex's retrieval from one's own documents."""
    document = "projects/p/locations/global/collections/c/dataStores/d/branches/0/documents/1"
    rag = {"text": query, "chunkId": "1", "pageSpan": {"firstPage": 1, "lastPage": 1}}
    found = {
        "uri": f"gs://example/{quote(query)}",
        "title": query,
        "text": query,
        "documentName": document,
        "ragChunk": rag,
    }
    chunks: list[dict[str, Any]] = [{"retrievedContext": found}]
    return {
        "retrievalQueries": [query],
        "groundingChunks": chunks,
        "groundingSupports": [_support(answer, chunks, on_vertex=True)],
    }


def from_file_search(query: str, answer: str, store: str) -> dict[str, Any]:
    """The Gemini API's retrieval from one's own files."""
    chunks: list[dict[str, Any]] = [
        {"retrievedContext": {"title": query, "text": query, "fileSearchStore": store, "pageNumber": 1}}
    ]
    return {"groundingChunks": chunks, "groundingSupports": [_support(answer, chunks, on_vertex=False)]}


def _support(answer: str, chunks: list[dict[str, Any]], *, on_vertex: bool) -> dict[str, Any]:
    """The whole answer rests on all sources. `startIndex` is 0 and so left out; indices count bytes."""
    support: dict[str, Any] = {
        "segment": {"endIndex": len(answer.encode()), "text": answer},
        "groundingChunkIndices": list(range(len(chunks))),
    }
    if on_vertex:
        support["confidenceScores"] = [0.9] * len(chunks)
    return support
