"""Clients by name: those of the user's `pyproject.toml`, and those on the shelf; and how each is reached."""

from __future__ import annotations

import difflib
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from harness.clients.shelf import SHELF
from harness.errors import DeadairError
from harness.scenario import Case, project_root

__all__ = ["NamedWrongly", "Way", "is_command", "own_deadair", "way_of", "way_to", "words"]

TABLE = "tool.deadair.clients"
KEYS = ("python", "command", "provider", "reconnects", "tells", "clock", "tls", "directory", "env")
CLOCKS = ("virtual", "real")


class NamedWrongly(DeadairError):
    """There is no such client, or what is written about it cannot be read; the message says what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a client is reached.

    Attributes:
        name: As a scenario or a command line calls it.
        python: `module:factory`, for one that can be had in this process; "" for none.
        command: A program and its arguments; empty for none. Where both are given, `python` is for the virtual clock.
        providers: Whom it calls; empty if that was not said.
        reconnects, tells: What is known of it besides what it says itself; None for nothing.
        clock: The only clock that it runs on; None for either.
        tls: Whether it speaks TLS and nothing else.
        directory: Where its program is run, and its modules are looked for; None for where we are.
        variables: Added to the environment of its program.
        version: Of its package, where that is known from outside.
    """

    name: str
    python: str = ""
    command: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    reconnects: bool | None = None
    tells: tuple[str, ...] | None = None
    clock: Literal["virtual", "real"] | None = None
    tls: bool = False
    directory: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def is_command(self, clock: str) -> bool:
        """Whether it is a child process on this clock."""
        return bool(self.command) and not (self.python and clock == "virtual")

    def traits(self, own: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the header of a trace says: what the client says of itself (`own`), but for what is written about it."""
        said = dict(own)
        if self.reconnects is not None:
            said["reconnects"] = self.reconnects
        if self.tells is not None:
            said["tells"] = list(self.tells)
        if self.version and not said.get("version"):
            said["version"] = self.version
        if said and not said.get("name"):
            said["name"] = self.name
        return said


def way_to(client: str | tuple[str, ...], *, project: Path) -> Way:
    """The way to what a scenario calls its client.

    Args:
        project: Its `pyproject.toml` has the user's own names; they go before those of the shelf.

    Raises:
        NamedWrongly: If nobody is called so, or the table about them cannot be read.
        NotInstalled: If it is on the shelf, and its environment is not there.
    """
    if isinstance(client, tuple):
        return Way(name=" ".join(client), command=client, clock="real")
    if client.startswith("python:"):
        return Way(name=client, python=client.removeprefix("python:"))
    own = _own(project)
    if client in own:
        return _read(client, own[client], project)
    if client in SHELF:
        return _on_the_shelf(client)
    raise NamedWrongly(_nobody(client, own))


def way_of(case: Case) -> Way | None:
    """The way to the case's client, by the names of the project that we are in; None for deadair's own provider. Raises what
    `way_to` raises."""
    return None if case.client is None else way_to(case.client, project=project_root(Path.cwd()))


def is_command(case: Case) -> bool:
    """Whether the case's client is a process of its own on the real clock."""
    way = way_of(case)
    return way is not None and way.is_command("real")


def own_deadair(way: Way) -> Path | None:
    """The `deadair` of the environment in which this client can be had in process, and so on the virtual clock; None where
    that is this one, or there is none such."""
    known = SHELF.get(way.name)
    if known is None or known.clock != "virtual" or way.python or way.command[1:] != ("-m", known.module):
        return None
    return Path(way.command[0]).with_name("deadair")


def words(way: Way, clock: str) -> str:
    """How it is reached on this clock, for people."""
    if not way.is_command(clock):
        return f"{way.name}: python:{way.python}"
    command = " ".join(way.command)
    return f"{way.name}: the command {command}" if way.name != command else f"the command {command}"


# ── the user's own ───────────────────────────────────────────────────────────


def _own(project: Path) -> Mapping[str, Any]:
    file = project / "pyproject.toml"
    try:
        tables: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise NamedWrongly(f"{file}: the names of clients cannot be read: {error}") from None
    for name in TABLE.split("."):
        tables = tables.get(name, {}) if isinstance(tables, dict) else {}
    if not isinstance(tables, dict):
        raise NamedWrongly(f"{file}: [{TABLE}] holds no table of clients; write [{TABLE}.my-client]")
    return tables


def _read(name: str, table: Any, project: Path) -> Way:
    where = f"{project / 'pyproject.toml'}: [{TABLE}.{name}]"
    if not isinstance(table, dict):
        raise NamedWrongly(f"{where} is no table")
    for key in table:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it takes {', '.join(KEYS)}"
            raise NamedWrongly(f"{where} has no '{key}': {hint}")
    python, command = table.get("python", ""), table.get("command", [])
    if bool(python) == bool(command):
        raise NamedWrongly(f'{where} needs either python = "module:factory" or command = ["program", "argument"]')
    if not isinstance(python, str) or (python and not all(python.partition(":"))):
        raise NamedWrongly(f"{where}: {python!r} names no factory; write it like my_app.calls:make_client")
    if table.get("clock", "real") not in CLOCKS:
        raise NamedWrongly(f"{where}: 'clock' is 'virtual' or 'real'")
    if command and table.get("clock") == "virtual":
        raise NamedWrongly(f"{where}: a command runs on the real clock only")
    for key in ("reconnects", "tls"):
        if not isinstance(table.get(key, False), bool):
            raise NamedWrongly(f"{where}: '{key}' is true or false")
    provider = table.get("provider", [])
    return Way(
        name=name,
        python=python,
        command=_texts(command, f"{where}: 'command'"),
        providers=(provider,) if isinstance(provider, str) else _texts(provider, f"{where}: 'provider'"),
        reconnects=table.get("reconnects"),
        tells=_texts(table["tells"], f"{where}: 'tells'") if "tells" in table else None,
        clock="real" if command else table.get("clock"),
        tls=table.get("tls", False),
        directory=(project / str(table.get("directory", "."))).resolve(),
        variables=_variables(table.get("env", {}), where),
    )


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise NamedWrongly(f'{what} is a list of texts, like ["one", "two"]')
    return tuple(value)


def _variables(value: Any, where: str) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise NamedWrongly(f"{where}: 'env' is a table of texts, like {{MODE = \"test\"}}")
    return value


# ── the shelf ────────────────────────────────────────────────────────────────


def _on_the_shelf(name: str) -> Way:
    # What knows environments takes some time to import, and few cases are of a client on the shelf.
    from harness.clients.environments import environment

    known = SHELF[name]
    found = environment(known)
    # In its own environment it can be had in process as well.
    inside = Path(sys.prefix).resolve() == found.folder.resolve()
    way = Way(
        name=name,
        command=(str(found.python), "-m", known.module),
        providers=(known.provider,),
        reconnects=known.reconnects,
        clock="real",
        tls=known.tls,
        version=found.version,
    )
    return replace(way, python=f"{known.module}:make", clock=None) if inside and known.clock == "virtual" else way


def _nobody(name: str, own: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, [*own, *SHELF], n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    named = f"Named in pyproject.toml: {', '.join(own)}." if own else f"pyproject.toml names none under [{TABLE}]."
    return f"there is no client '{name}'.{hint}\n{named}\nKnown clients: {', '.join(SHELF)}."
