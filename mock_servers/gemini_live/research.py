"""What the model does with the tools that Google runs itself, and how it tells of it.

A caller who says `search for …`, `compute 6 * 7`, `where is …` or names a URL gets it done, if the setup has the tool.
Where the metadata and the parts belong: python-genai 3.4.0, types.py (GroundingMetadata, UrlContextMetadata,
ExecutableCode, CodeExecutionResult). That a search shows as code beforehand was seen on Gemini 2 models:
googleapis/js-genai@6e9b35c4, test/system/recordings; the words in it are ours, for nothing is looked up here.
"""

from __future__ import annotations

import html
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mock_servers.base.google_content import Tool

__all__ = ["NOTHING", "Research", "research"]

URLS_MAX = 20
"""ai.google.dev/gemini-api/docs/url-context, read 2026-11."""

_SEARCH = re.compile(r"\bsearch (?:for )?(\S.{0,79})", re.IGNORECASE)
_PLACE = re.compile(r"\bwhere is (\S[^?.!]{0,79})", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s\"'<>]{1,2000}")
_SUM = re.compile(r"\bcompute (-?\d{1,9}) ?([-+*/]) ?(-?\d{1,9})", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[int, int], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Research:
    """`parts` go out before the answer, the metadata behind it; `output` is what the model got to read."""

    parts: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    output: str = ""


NOTHING = Research()


def research(said: str, tools: tuple[Tool, ...], *, answer: str, names_domain: bool = False) -> Research:
    """What the tools give for what was said; `answer` is what the model says about it.

    Args:
        names_domain: A web page's domain is told, as Vertex does.
    """
    has = {name for tool in tools for name, value in tool if value is not None and name != "function_declarations"}
    if "google_search" in has and (query := _SEARCH.search(said)):
        return _searched(query[1].strip(), answer, names_domain=names_domain)
    if "google_maps" in has and (place := _PLACE.search(said)):
        return _located(place[1].strip(), answer)
    if "url_context" in has and (urls := _URL.findall(said)):
        return _fetched(urls[:URLS_MAX])
    if "code_execution" in has and (asked := _SUM.search(said)):
        return _computed(int(asked[1]), asked[2], int(asked[3]))
    return NOTHING


def _searched(query: str, answer: str, *, names_domain: bool) -> Research:
    page: dict[str, Any] = {"uri": f"https://example.com/{quote(query)}", "title": "example.com"}
    if names_domain:
        page["domain"] = "example.com"
    grounding = {
        "webSearchQueries": [query],
        "searchEntryPoint": {"renderedContent": f"<div>{html.escape(query)}</div>"},
        "groundingChunks": [{"web": page}],
        "groundingSupports": [_support(answer)],
    }
    code = f"print(google_search.search(queries=[{query!r}]))"
    parts = _ran(code, "OUTCOME_OK", "Looking up information on Google Search.\n")
    return Research(parts=parts, metadata={"groundingMetadata": grounding}, output=f"{page['title']} {query}")


def _located(place: str, answer: str) -> Research:
    name = quote(place)
    found = {"uri": f"https://maps.google.com/?q={name}", "title": place, "placeId": f"places/{name}"}
    grounding = {"groundingChunks": [{"maps": found}], "groundingSupports": [_support(answer)]}
    return Research(metadata={"groundingMetadata": grounding}, output=place)


def _fetched(urls: list[str]) -> Research:
    """Of the names that never lead anywhere (RFC 2606) nothing is retrieved."""
    pages = [{"retrievedUrl": url, "urlRetrievalStatus": f"URL_RETRIEVAL_STATUS_{_status(url)}"} for url in urls]
    return Research(metadata={"urlContextMetadata": {"urlMetadata": pages}}, output=" ".join(urls))


def _status(url: str) -> str:
    host = url.split("/")[2]
    return "ERROR" if host.endswith(".invalid") else "SUCCESS"


def _computed(left: int, sign: str, right: int) -> Research:
    code = f"print({left} {sign} {right})"
    try:
        result = _OPERATORS[sign](left, right)
    except ZeroDivisionError:
        return Research(parts=_ran(code, "OUTCOME_FAILED", "ZeroDivisionError: division by zero\n"), output="error")
    return Research(parts=_ran(code, "OUTCOME_OK", f"{result}\n"), output=str(result))


def _ran(code: str, outcome: str, output: str) -> tuple[dict[str, Any], ...]:
    return (
        {"executableCode": {"language": "PYTHON", "code": code}},
        {"codeExecutionResult": {"outcome": outcome, "output": output}},
    )


def _support(answer: str) -> dict[str, Any]:
    """The whole answer rests on the first source. `startIndex` is 0 and so left out; indices count bytes."""
    return {"segment": {"endIndex": len(answer.encode()), "text": answer}, "groundingChunkIndices": [0]}
