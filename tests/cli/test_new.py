"""`deadair new`: what it writes runs, what is there stays, and what makes no sense is told before anything is written."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from harness.cli.explained import explained_schema
from harness.clients.named import way_to
from harness.scenario.catalogue import PROVIDERS
from tests.support.command_line import DEADAIR, called, environment, hears_signals

PRESSED_AT_MOST = 10


def _out_of_it(process: subprocess.Popen[bytes], press: Callable[[], object]) -> bytes:
    """What it still says. A key that comes between the question and the reading of its answer is not heard by Python's own
    `input`; like anybody who gets no answer, we press again."""
    for _ in range(PRESSED_AT_MOST):
        press()
        try:
            return process.communicate(timeout=6)[0]
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"it goes on after {PRESSED_AT_MOST} times")


def files(folder: Path) -> dict[str, str]:
    """What is there, by name; without what Python keeps beside modules, and the traces of runs."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".deadair/" not in path.as_posix() and "__pycache__" not in path.as_posix()
    }


def on_a_terminal(answers: str, folder: Path, *arguments: str, then: str = "") -> tuple[int, str]:
    """`deadair new` on a terminal where somebody types `answers`, and `then` once the name is asked for: a key like
    Ctrl-C would otherwise hit Python while it imports."""
    ours, its = pty.openpty()
    try:
        process = subprocess.Popen(
            [*DEADAIR, "new", *arguments],
            cwd=folder,
            env=environment({"TERM": "dumb"}),
            stdin=its,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # In a session of its own that has this terminal, so that Ctrl-C comes as the signal that it is.
            start_new_session=True,
            preexec_fn=lambda: _take_terminal(its),
        )
        try:
            os.write(ours, answers.encode())
            assert process.stdout is not None
            said = b""
            while then and b"A name for your client" not in said:
                piece = os.read(process.stdout.fileno(), 4096)
                assert piece, said
                said += piece
            rest = _out_of_it(process, lambda: os.write(ours, then.encode()))
        finally:
            process.kill()
            process.wait(timeout=10)
        return process.returncode, (said + rest).decode()
    finally:
        os.close(ours)
        os.close(its)


def _take_terminal(its: int) -> None:
    hears_signals()
    fcntl.ioctl(its, termios.TIOCSCTTY, 0)


# ── what it writes ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_it_writes_runs_and_finds_that_the_small_client_does_not_come_back(provider: str, tmp_path: Path) -> None:
    made = called("new", "--provider", provider, "--name", "my-app", "--yes", folder=tmp_path)
    ran = called("run", "my-app.yaml", "--clock", "virtual", "--jobs", "1", folder=tmp_path)

    assert made.returncode == 0, made.stderr
    assert set(files(tmp_path)) == {"my_app_client.py", "my-app.yaml", ".deadair.schema.json", "pyproject.toml"}
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "client my-app: python:my_app_client:make" in ran.stdout
    assert "I1        the close 1001 at 3 s ended the client's stream as if it had hung up itself" in ran.stdout


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_small_client_is_heard_while_nothing_goes_wrong(provider: str, tmp_path: Path) -> None:
    called("new", "--provider", provider, "--name", "my-app", "--yes", folder=tmp_path)
    event = "transcription" if provider == "deepgram" else "audio.output"
    (tmp_path / "calm.yaml").write_text(
        f"deadair: 1\nscenario: a calm call\nprovider: {provider}\nclient: my-app\n"
        f"expect: {{order: [{event}], end: {{state: active, by: 10s, hold: 8s}}}}\n",
        encoding="utf-8",
    )

    ran = called("run", "calm.yaml", "--clock", "virtual", folder=tmp_path)

    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_a_command_is_written_word_for_word_and_needs_no_adapter(tmp_path: Path) -> None:
    command = """node "my app.js" --say 'a "b" \\ ü'"""

    made = called("new", "--provider", "gemini-live", "--command", command, "--name", "it", "--silent", folder=tmp_path)

    assert made.returncode == 0, made.stderr
    assert set(files(tmp_path)) == {"it.yaml", ".deadair.schema.json", "pyproject.toml"}
    way = way_to("it", project=tmp_path)
    assert way.command == ("node", "my app.js", "--say", 'a "b" \\ ü')
    assert (way.providers, way.tells, way.clock) == (("gemini-live",), (), "real")
    assert "deadair run it.yaml  " in made.stdout


def test_a_module_that_is_there_is_the_users_own_and_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("# mine\n", encoding="utf-8")

    made = called("new", "--provider", "deepgram", "--python", "app:make", "--yes", "--force", folder=tmp_path)

    assert files(tmp_path)["app.py"] == "# mine\n"
    assert "python:app:make is your own, and left as it is." in made.stdout
    assert way_to("my-client", project=tmp_path).python == "app:make"


def test_a_module_that_is_not_there_is_written_with_its_folder_and_its_factory(tmp_path: Path) -> None:
    called(
        "new", "--provider", "deepgram", "--python", "app.calls:make_it", "--sdk", "my-sdk", "--yes", folder=tmp_path
    )

    written = files(tmp_path)["app/calls.py"]
    assert "\ndef make_it(case, endpoints):\n" in written
    assert 'Traits(name="my-sdk")' in written


def test_the_scenario_names_its_schema_which_lies_beside_it(tmp_path: Path) -> None:
    called("new", "--provider", "deepgram", "--yes", folder=tmp_path)

    written = files(tmp_path)
    assert written["my-client.yaml"].startswith("# yaml-language-server: $schema=.deadair.schema.json\n")
    assert json.loads(written[".deadair.schema.json"]) == explained_schema()
    assert yaml.safe_load(written["my-client.yaml"])["client"] == "my-client"


def test_below_the_projects_folder_the_entry_says_where_the_client_is(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    (tmp_path / "calls").mkdir()

    called("new", "--provider", "deepgram", "--yes", folder=tmp_path / "calls")

    assert way_to("my-client", project=tmp_path).directory == (tmp_path / "calls").resolve()
    ran = called("run", "my-client.yaml", "--clock", "virtual", "--jobs", "1", folder=tmp_path / "calls")
    assert "I1  " in ran.stdout, ran.stdout + ran.stderr


# ── what it asks ─────────────────────────────────────────────────────────────


def test_on_a_terminal_it_asks_for_what_was_not_said(tmp_path: Path) -> None:
    code, said = on_a_terminal("deepgram\nmy app\nmy-app\nwire\nnode app.js\n", tmp_path)

    assert code == 0, said
    assert "'my app' is no name for a client" in said
    way = way_to("my-app", project=tmp_path)
    assert (way.command, way.providers, way.tells) == (("node", "app.js"), ("deepgram",), ())


def test_what_was_said_is_not_asked_for(tmp_path: Path) -> None:
    code, said = on_a_terminal("\n\n", tmp_path, "--provider", "deepgram", "--name", "it", "--sdk", "")

    assert code == 0, said
    assert ("Provider" in said, "A name" in said, "The library" in said) == (False, False, False)
    assert way_to("it", project=tmp_path).python == "it_client:make"


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_whoever_leaves_in_the_middle_leaves_nothing_behind(key: str, tmp_path: Path) -> None:
    code, said = on_a_terminal("deepgram\n", tmp_path, then=key)

    assert (code, "Stopped: nothing was written." in said) == (3, True), said
    assert "Traceback" not in said
    assert files(tmp_path) == {}


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    made = called("new", folder=tmp_path)

    assert made.returncode == 2
    assert "There is nobody to ask: say --provider" in made.stderr
    assert files(tmp_path) == {}


# ── what is in the way ───────────────────────────────────────────────────────


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "my-client.yaml").write_text("mine\n", encoding="utf-8")

    made = called("new", "--provider", "deepgram", "--yes", folder=tmp_path)

    assert made.returncode == 2
    assert "there already: my-client.yaml. Nothing was written: take another --name, or --force" in made.stderr
    assert files(tmp_path) == {"my-client.yaml": "mine\n"}


def test_a_second_client_stands_beside_the_first(tmp_path: Path) -> None:
    first = called("new", "--provider", "deepgram", "--yes", folder=tmp_path)
    again = called("new", "--provider", "deepgram", "--yes", folder=tmp_path)
    second = called("new", "--provider", "gemini-live", "--name", "two", "--yes", folder=tmp_path)

    assert (first.returncode, again.returncode, second.returncode) == (0, 2, 0), second.stderr
    assert way_to("my-client", project=tmp_path).providers == ("deepgram",)
    assert way_to("two", project=tmp_path).providers == ("gemini-live",)


def test_force_begins_anew(tmp_path: Path) -> None:
    called("new", "--provider", "deepgram", "--yes", folder=tmp_path)
    made = called("new", "--provider", "gemini-live", "--yes", "--force", folder=tmp_path)

    assert made.returncode == 0, made.stderr
    assert way_to("my-client", project=tmp_path).providers == ("gemini-live",)
    assert "realtimeInput" in files(tmp_path)["my_client_client.py"]


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine\n", encoding="utf-8")
    (tmp_path / "my-client.yaml").symlink_to(tmp_path / "elsewhere")

    refused = called("new", "--provider", "deepgram", "--yes", folder=tmp_path)
    made = called("new", "--provider", "deepgram", "--yes", "--force", folder=tmp_path)

    assert (refused.returncode, made.returncode) == (2, 0), made.stderr
    assert files(tmp_path)["elsewhere"] == "mine\n"


@pytest.mark.parametrize("content", [b"[project\n", b"name = '\xff'\n"], ids=["no TOML", "no UTF-8"])
def test_a_broken_pyproject_is_told_and_left(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)

    made = called("new", "--provider", "deepgram", "--yes", folder=tmp_path)

    assert (made.returncode, "Traceback" in made.stderr) == (2, False)
    assert "pyproject.toml: it " in made.stderr
    assert "Nothing was written." in made.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]
    assert (tmp_path / "pyproject.toml").read_bytes() == content


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    # Not by taking away the right to write, which root has anyhow: a file stands where the adapter's folder would be.
    (tmp_path / "my.py").write_text("", encoding="utf-8")
    (tmp_path / "my").write_text("", encoding="utf-8")

    made = called("new", "--provider", "deepgram", "--python", "my.calls:make", "--yes", folder=tmp_path)

    assert made.returncode == 2
    assert "it cannot be written: " in made.stderr
    assert set(files(tmp_path)) == {"my.py", "my"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        made = called("new", "--provider", "deepgram", "--yes", folder=tmp_path)
    finally:
        tmp_path.chmod(0o755)

    assert made.returncode == 2
    assert "it cannot be written: Permission denied. Nothing was written." in made.stderr


@pytest.mark.parametrize(
    "name", ["my app", "../up", "/etc/x", "a/b", "größe", "名", "", "-x", "1st", "a" * 65, "a\nb", "a.b", "a]"]
)
def test_a_name_that_would_be_trouble_is_refused(name: str, tmp_path: Path) -> None:
    made = called("new", "--provider", "deepgram", "--yes", f"--name={name}", folder=tmp_path)

    assert made.returncode == 2
    assert "is no name for a client: letters, digits, '-' and '_'" in " ".join(made.stderr.split())
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    "options",
    [
        ("--python", "../up:make"),
        ("--python", "a.b"),
        ("--python", "class:make"),
        ("--python", "app:Client"),
        ("--command", "'unclosed"),
        ("--command", ""),
        ("--command", "a\nb"),
        ("--sdk", "../x"),
        ("--sdk", '"); import os; ("'),
        ("--sdk", "x", "--command", "c"),
        ("--silent",),
        ("--python", "a:b", "--command", "c"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_written(options: tuple[str, ...], tmp_path: Path) -> None:
    made = called("new", "--provider", "deepgram", "--yes", *options, folder=tmp_path)

    assert (made.returncode, "Traceback" in made.stderr, "Error: " in made.stderr) == (2, False, True)
    assert files(tmp_path) == {}
