"""The files with which the test of a client begins: what stands in them, and how they are written, all or none."""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.cli.entry import CannotBeAdded, with_entry
from harness.cli.explained import explained_schema
from harness.errors import DeadairError

__all__ = ["Beginning", "File", "default_factory", "files_of", "write"]

SCHEMA = ".deadair.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What is to be tested, and how it is reached.

    Attributes:
        name: As scenarios and command lines will call it.
        python: `module:factory`; "" where it is a command.
        command: A program and its arguments; empty where it is a factory.
        silent: Whether the command tells nothing, and is judged by the wire alone.
        sdk: The library that is behind it; "" if that does not matter.
    """

    name: str
    provider: str
    python: str = ""
    command: tuple[str, ...] = ()
    silent: bool = False
    sdk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file to be written; `what` says what it is for. `grows` is one that may be there: it is only added to."""

    path: Path
    text: str
    what: str
    grows: bool = False


def files_of(beginning: Beginning, *, folder: Path, project: Path, force: bool) -> tuple[File, ...]:
    """What there is to write, in the order in which it is told. Nothing is written yet.

    Args:
        folder: Where the user is.
        project: Where the project begins: its `pyproject.toml` names the client.
        force: Whether files of the same names may be replaced.

    Raises:
        DeadairError: If something is in the way.
    """
    adapter = _adapter_path(beginning, folder)
    files = []
    if adapter is not None:
        text = _rendered(f"{beginning.provider}.py.jinja", beginning, factory=beginning.python.partition(":")[2])
        files.append(File(path=adapter, text=text, what="the adapter: put your own client in it"))
    text = _rendered("scenario.yaml.jinja", beginning, schema=SCHEMA)
    files.append(File(path=folder / f"{beginning.name}.yaml", text=text, what="a first scenario"))
    _refuse_to_overwrite(files, folder, force)
    if not os.path.lexists(folder / SCHEMA) or force:
        text = json.dumps(explained_schema(), indent=2, ensure_ascii=False) + "\n"
        files.append(File(path=folder / SCHEMA, text=text, what="for editors, which then check scenarios as you type"))
    return (*files, _entry(beginning, folder, project, force))


def write(files: Sequence[File], *, force: bool) -> None:
    """Write all of them; if one cannot be written, those that are new are taken away again.

    Raises:
        DeadairError: If one cannot be written.
    """
    new: list[Path] = []
    for file in files:
        try:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(file.path):
                new.append(file.path)
            elif not (force or file.grows):
                raise FileExistsError(None, "it has just come to be there")
            _put(file)
        except OSError as error:
            for path in new:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise DeadairError(f"{file.path}: it cannot be written: {error.strerror}. Nothing was written.") from None


def _put(file: File) -> None:
    """Whole or not at all: a file of the user's is never half written."""
    path = file.path.resolve() if file.grows else file.path
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=path.parent, delete=False) as written:
        try:
            written.write(file.text)
            written.close()
            # A temporary file is for its owner alone; this one is as readable as the one before it, or as any new one.
            os.chmod(written.name, path.stat().st_mode & 0o7777 if path.exists() else 0o644)
            os.replace(written.name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(written.name)
            raise


def _adapter_path(beginning: Beginning, folder: Path) -> Path | None:
    """Where the adapter goes; None if there is none to write: a command needs none, and a module that is there is the user's."""
    if not beginning.python:
        return None
    module = beginning.python.partition(":")[0]
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    if beginning.python == default_factory(beginning.name):
        return path
    top = module.partition(".")[0]
    is_local = (folder / top).is_dir() or (folder / f"{top}.py").exists()
    if is_local:
        return None if path.exists() or path.with_suffix("").joinpath("__init__.py").exists() else path
    return None if importlib.util.find_spec(top) is not None else path


def default_factory(name: str) -> str:
    """Of a client that has none yet. The ending keeps it from hiding a library of the same name."""
    return f"{name.replace('-', '_')}_client:make"


def _refuse_to_overwrite(files: Sequence[File], folder: Path, force: bool) -> None:
    there = [file.path for file in files if os.path.lexists(file.path)]
    if any(path.is_dir() for path in there) or (there and not force):
        names = " and ".join(str(path.relative_to(folder)) for path in there)
        raise DeadairError(
            f"there already: {names}. Nothing was written: take another --name, or --force to replace files."
        )


def _entry(beginning: Beginning, folder: Path, project: Path, force: bool) -> File:
    path = project / "pyproject.toml"
    directory = "" if folder == project else folder.relative_to(project).as_posix()
    entry = _rendered("entry.toml.jinja", beginning, directory=directory)
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise DeadairError(f"{path}: it cannot be read: {error}. Nothing was written.") from None
    try:
        grown = with_entry(text, entry, name=beginning.name, replace=force)
    except CannotBeAdded as error:
        raise DeadairError(f"{path}: {error}\nNothing was written.") from None
    return File(path=path, text=grown, what=f"[tool.deadair.clients.{beginning.name}]", grows=True)


def _rendered(template: str, beginning: Beginning, **more: str) -> str:
    # No markup is made here, so nothing is escaped: names are checked, and texts in TOML are quoted by `toml`.
    environment = Environment(
        loader=PackageLoader("harness.cli", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["toml"] = _as_toml
    own = {name: getattr(beginning, name) for name in Beginning.__dataclass_fields__}
    return environment.get_template(template).render(own | more)


def _as_toml(text: str) -> str:
    """A basic string of TOML. JSON's is one, but that DEL is told by its number."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
