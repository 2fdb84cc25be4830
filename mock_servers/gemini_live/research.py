"""What the model does with the tools that Google runs itself, and how it tells of it.

A caller who says `search for …`, `compute 6 * 7`, `where is …`, `the way to …` or names a URL gets it done, if the setup has
the tool.
Where the metadata and the parts belong: python-genai 3.4.0, types.py (GroundingMetadata, UrlContextMetadata,
ExecutableCode, CodeExecutionResult). That a search shows as code beforehand was seen on Gemini 2 models:
googleapis/js-genai@6e9b35c4, test/system/recordings; the words in it are ours.
"""

from __future__ import annotations

import hashlib
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mock_servers.base.google_content import Tool
from mock_servers.gemini_live import grounding
from mock_servers.gemini_live.grounding import Grounded

__all__ = ["NOTHING", "Research", "research"]

URLS_MAX = 20
"""ai.google.dev/gemini-api/docs/url-context, read 2026-11."""

EXPONENT_MAX = 1_000
"""A power beyond takes longer than the 30 s that Google gives a program."""

_SEARCH = re.compile(r"\bsearch (?:for )?(\S.{0,79})", re.IGNORECASE)
_PLACE = re.compile(r"\b(where is|way to) (\S[^?.!]{0,79})", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s\"'<>/]{1,253}(?:/[^\s\"'<>]{0,2000})?")
_SUM = re.compile(r"\bcompute (-?\d{1,9}) ?(\*\*|[-+*/]) ?(-?\d{1,9})", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[int, int], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Research:
    """`parts` go out before the answer, the metadata behind it; `output` is what the model got to read."""

    parts: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    output: str = ""


NOTHING = Research()


def research(
    said: str, tools: tuple[Tool, ...], *, answer: str, on_vertex: bool = False, part: int = 0, with_ids: bool = False
) -> Research:
    """What the first tool that fits gives for what was said; `answer` is what the model says about it.

    Args:
        part: How many parts go out before.
        with_ids: Code and its result have an id in common.
    """
    query, place = _SEARCH.search(said), _PLACE.search(said)
    urls, asked = _URL.findall(said)[:URLS_MAX], _SUM.search(said)
    grounded = Grounded(text=answer, part=part, on_vertex=on_vertex)
    for tool in tools:
        if query is not None and (found := _searched(tool, query[1].strip(), grounded, with_ids=with_ids)):
            return found
        if place is not None and (maps := tool.google_maps) is not None:
            widget = bool(maps.get("enableWidget", maps.get("enable_widget")))
            is_way = place[1].lower() == "way to"
            told = grounding.from_maps(place[2].strip(), grounded, is_way=is_way, widget=widget)
            return Research(metadata={"groundingMetadata": told}, output=place[2])
        if urls and tool.url_context is not None:
            return _fetched(urls)
        if asked is not None and tool.code_execution is not None:
            return _computed(int(asked[1]), asked[2], int(asked[3]), with_ids=with_ids)
    return NOTHING


def _searched(tool: Tool, query: str, answer: Grounded, *, with_ids: bool) -> Research | None:
    parts: tuple[dict[str, Any], ...] = ()
    if (web := _web_search(tool)) is not None:
        code = f"print(google_search.search(queries=[{query!r}]))"
        parts = _ran(code, "OUTCOME_OK", "Looking up information on Google Search.\n", with_ids=with_ids)
        types = web.get("searchTypes", web.get("search_types")) or {}
        told = grounding.from_search(
            query,
            replace(answer, part=answer.part + len(parts)),
            images="imageSearch" in types or "image_search" in types,
            score=tool.google_search_retrieval is not None,
        )
    elif tool.retrieval is not None:
        told = grounding.from_documents(query, answer)
    elif tool.file_search is not None:
        told = grounding.from_file_search(query, answer, _store(tool.file_search))
    else:
        return None
    return Research(parts=parts, metadata={"groundingMetadata": told}, output=query)


def _web_search(tool: Tool) -> dict[str, Any] | None:
    kinds = (tool.google_search, tool.google_search_retrieval, tool.enterprise_web_search)
    return next((kind for kind in kinds if kind is not None), None)


def _store(file_search: dict[str, Any]) -> str:
    names = file_search.get("fileSearchStoreNames", file_search.get("file_search_store_names"))
    if isinstance(names, list) and names and isinstance(names[0], str):
        return names[0]
    return "fileSearchStores/unnamed"


def _fetched(urls: list[str]) -> Research:
    pages = [{"retrievedUrl": url, "urlRetrievalStatus": f"URL_RETRIEVAL_STATUS_{_status(url)}"} for url in urls]
    return Research(metadata={"urlContextMetadata": {"urlMetadata": pages}}, output=" ".join(urls))


def _status(url: str) -> str:
    """Of names that lead nowhere (RFC 2606) nothing is retrieved; `paywall.…` and `unsafe.…` are what they say."""
    host = url.split("/")[2]
    if host.endswith(".invalid"):
        return "ERROR"
    return {"paywall": "PAYWALL", "unsafe": "UNSAFE"}.get(host.split(".")[0], "SUCCESS")


def _computed(left: int, sign: str, right: int, *, with_ids: bool) -> Research:
    code = f"print({left} {sign} {right})"
    if sign == "**" and abs(right) > EXPONENT_MAX:
        parts = _ran(code, "OUTCOME_DEADLINE_EXCEEDED", "Code execution timed out.\n", with_ids=with_ids)
        return Research(parts=parts, output="timeout")
    try:
        outcome, output = "OUTCOME_OK", f"{_digits(_OPERATORS[sign](left, right))}\n"
    except (ArithmeticError, ValueError) as error:
        outcome, output = "OUTCOME_FAILED", f"{type(error).__name__}: {error}\n"
    return Research(parts=_ran(code, outcome, output, with_ids=with_ids), output=output)


def _digits(result: float) -> str:
    """In hexadecimal where Python will not write so many decimal digits."""
    return hex(result) if isinstance(result, int) and result.bit_length() > 10_000 else str(result)


def _ran(code: str, outcome: str, output: str, *, with_ids: bool) -> tuple[dict[str, Any], ...]:
    known = {"id": hashlib.sha256(code.encode()).hexdigest()[:8]} if with_ids else {}
    return (
        {"executableCode": {"language": "PYTHON", "code": code, **known}},
        {"codeExecutionResult": {"outcome": outcome, "output": output, **known}},
    )
