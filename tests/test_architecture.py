"""The shape of the project: who may import whom, and what stays pure."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STRANGERS = ("providers", "mock_servers", "harness")
MEETS_THEM_ALL = "harness/runner/registry/"

MAY_IMPORT = {
    "errors": set(),
    "scenario": {"errors"},
    "trace": {"errors", "scenario"},
    "faults": {"errors", "scenario"},
    "engines": {"errors", "scenario"},
    "clients": {"errors", "scenario"},
    "replay": {"errors", "scenario", "trace"},
    "runner": {"errors", "scenario", "trace", "faults", "engines", "clients", "replay"},
    "expectations": {"errors", "scenario", "trace"},
    "runs": {"errors", "scenario", "trace"},
    "reports": {"errors", "scenario", "trace", "expectations", "runs", "replay"},
    "scoreboard": {"errors", "scenario", "trace", "clients", "expectations", "reports"},
    "regression": {"errors", "scenario", "trace", "expectations", "runs", "replay", "reports"},
    "revisions": {"errors"},
}
"""What each package of the harness may know of the others."""

AT_THE_TOP = ("cli", "pytest_plugin")
"""They put the others together, and may know them all."""
MAY_IMPORT |= {top: {*MAY_IMPORT, *AT_THE_TOP} for top in AT_THE_TOP}

PURE = (
    "harness/scenario",
    "harness/trace",
    "harness/expectations",
    "harness/replay",
    "harness/reports/exhibit",
    "harness/regression",
    "harness/faults/toxics",
    "harness/faults/link.py",
    "mock_servers/gemini_live",
    "mock_servers/openai_realtime",
    "mock_servers/deepgram",
    "mock_servers/base/protocol.py",
    "mock_servers/base/trouble.py",
    "mock_servers/base/conversation.py",
    "mock_servers/base/voice.py",
    "mock_servers/base/hearing.py",
    "providers/reconnect.py",
)
IMPURE_MODULES = {"asyncio", "socket", "time", "threading", "selectors", "ssl", "subprocess"}

ONLY_HOME = {"toxiproxy": "harness/faults/toxiproxy.py"}


@dataclass(frozen=True)
class Import:
    path: str
    line: int
    module: str


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> Iterator[Import]:
    name = path.relative_to(ROOT).as_posix()
    package = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    is_package = name.endswith("__init__.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")
            if node.level:
                base = base[: len(base) - node.level + (1 if is_package else 0)]
                module = ".".join([*base, *(node.module or "").split(".")]).rstrip(".")
            else:
                module = node.module or ""
            yield Import(name, node.lineno, module)
            for alias in node.names:
                yield Import(name, node.lineno, f"{module}.{alias.name}")


@functools.cache
def all_imports() -> tuple[Import, ...]:
    return tuple(found for path in python_files(*STRANGERS, "scenarios") for found in imports_of(path))


def stranger_mistakes(imports: Sequence[Import]) -> list[str]:
    mistakes = []
    for found in imports:
        own, other = found.path.split("/")[0], found.module.split(".")[0]
        if other in STRANGERS and own in STRANGERS and other != own and not found.path.startswith(MEETS_THEM_ALL):
            mistakes.append(
                f"{found.path}:{found.line}: {own} imports {found.module}; the three packages are strangers. "
                f"Hand the thing in as an argument, from {MEETS_THEM_ALL}."
            )
    return sorted(set(mistakes))


def direction_mistakes(imports: Sequence[Import]) -> list[str]:
    mistakes = []
    for found in imports:
        parts, module = found.path.split("/"), found.module.split(".")
        if parts[0] != "harness" or len(parts) < 3 or module[0] != "harness" or len(module) < 2:
            continue
        own, other = parts[1], module[1]
        if other != own and other in MAY_IMPORT and other not in MAY_IMPORT[own]:
            mistakes.append(
                f"{found.path}:{found.line}: {own} imports {other}, against the arrows. Move what both need down, "
                "or hand it in as an argument."
            )
    return sorted(set(mistakes))


def purity_mistakes(imports: Sequence[Import]) -> list[str]:
    mistakes = []
    for found in imports:
        pure = any(found.path == place or found.path.startswith(f"{place}/") for place in PURE)
        if pure and found.module.split(".")[0] in IMPURE_MODULES:
            mistakes.append(
                f"{found.path}:{found.line}: imports {found.module}, and this place is pure. Decide here, and act in "
                "the file beside it that does the I/O."
            )
    return sorted(set(mistakes))


def home_mistakes(imports: Sequence[Import]) -> list[str]:
    return sorted(
        {
            f"{found.path}:{found.line}: imports {found.module}; only {ONLY_HOME[top]} does. Go through it."
            for found in imports
            if (top := found.module.split(".")[0]) in ONLY_HOME and found.path != ONLY_HOME[top]
        }
    )


RULES = {
    "strangers": stranger_mistakes,
    "direction": direction_mistakes,
    "purity": purity_mistakes,
    "home": home_mistakes,
}


@pytest.mark.parametrize("rule", RULES)
def test_the_imports_keep_the_rule(rule: str) -> None:
    mistakes = RULES[rule](all_imports())

    assert not mistakes, "\n" + "\n".join(mistakes)


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("strangers", Import("providers/openai.py", 3, "harness.trace")),
        ("strangers", Import("harness/cli/serve.py", 3, "mock_servers.base")),
        ("direction", Import("harness/scenario/load.py", 3, "harness.runner.play")),
        ("purity", Import("providers/reconnect.py", 3, "asyncio")),
        ("purity", Import("harness/faults/toxics/latency.py", 3, "time")),
        ("home", Import("harness/runner/stage.py", 3, "toxiproxy.api")),
    ],
)
def test_a_broken_rule_is_named_with_its_place_and_the_way_out(rule: str, broken: Import) -> None:
    mistakes = RULES[rule]([broken])

    assert len(mistakes) == 1
    assert mistakes[0].startswith(f"{broken.path}:3: ")


def test_every_package_of_the_harness_has_its_place_in_the_table() -> None:
    packages = {path.name for path in (ROOT / "harness").iterdir() if (path / "__init__.py").exists()}

    assert packages <= set(MAY_IMPORT)
