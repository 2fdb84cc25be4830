"""A run folder is found by what people call it, and what is wrong with it is said."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import zipfile
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.run import run as run_command
from harness.runs import Run, RunError, about_here, open_run, split_name
from harness.runs.archive import unpack

SCENARIOS = """
deadair: 1
defaults: {provider: deepgram, expect: {end: {state: disconnected, by: 10s}}}
scenarios:
  - scenario: a short call
    script: [{at: 1s, disconnect: true}]
  - scenario: a call twice
    script: [{at: $at, disconnect: true}]
    matrix: {at: [1s, 2s]}
"""
IDS = [
    "calls.yaml::a short call",
    "calls.yaml::a call twice[at=1s]",
    "calls.yaml::a call twice[at=2s]",
]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder as `deadair run` leaves it."""
    place = tmp_path_factory.mktemp("project")
    (place / "pyproject.toml").touch()
    (place / "calls.yaml").write_text(SCENARIOS)
    with chdir(place):
        told = CliRunner().invoke(run_command, ["calls.yaml", "--clock", "virtual", "--jobs", "1"])
    assert told.exit_code == 0, told.output
    return next((place / ".deadair" / "runs").iterdir())


@pytest.fixture
def copied(played: Path, tmp_path: Path) -> Path:
    return shutil.copytree(played, tmp_path / "copied")


def ids(run: Run, text: str) -> list[str]:
    return [kept.case_id for kept in run.find(text)]


def test_a_run_folder_names_what_was_played(played: Path):
    run = open_run(played)

    assert [kept.case_id for kept in run.kept] == IDS
    assert {kept.clock for kept in run.kept} == {"virtual"}


def test_what_is_kept_is_the_case_that_was_played(played: Path):
    for kept in open_run(played).kept:
        header = kept.trace().header

        case = kept.case()

        assert case.id == header.case["id"]
        assert case.model_dump(mode="json") == header.case | {"session": case.session}


def test_about_has_no_path_of_this_machine(played: Path):
    assert str(Path.home()) not in (played / "about.json").read_text()
    assert str(played.parents[2]) not in (played / "about.json").read_text()


def test_absolute_paths_of_the_command_line_lose_all_but_their_ends():
    about = about_here(runs=(), proxy="embedded", selection=["/home/me/calls.yaml::a short call", "-k", "a/b"])

    assert about.selection == ("calls.yaml::a short call", "-k", "a/b")


@pytest.mark.parametrize("name", ["latest", "{name}", ".deadair/runs/{name}"])
def test_a_run_is_found_from_where_it_was_played(played: Path, name: str):
    with chdir(played.parents[2]):
        run = open_run(name.format(name=played.name))

    assert run.about == open_run(played).about


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", IDS),
        (IDS[0], IDS[:1]),
        ("a short call", IDS[:1]),
        ("a call twice[at=2s]", IDS[2:]),
        ("a call twice", IDS[1:]),
        ("2", IDS[2:]),
        ("0000", IDS[:1]),
        ("0000-a-short-call", IDS[:1]),
    ],
)
def test_a_run_in_a_folder_is_found_by_what_people_call_it(played: Path, text: str, meant: list[str]):
    assert ids(open_run(played), text) == meant


def test_a_name_that_nearly_fits_is_suggested(played: Path):
    with pytest.raises(RunError, match=r"Did you mean 'a short call'\?"):
        open_run(played).find("a short cal")


def test_the_id_of_a_case_keeps_its_colons():
    assert split_name("latest::calls.yaml::a short call") == ("latest", "calls.yaml::a short call")
    assert split_name("latest") == ("latest", "")


@pytest.mark.parametrize("name", ["run.zip", "run.tar.gz"])
def test_a_packed_run_is_the_same_run(played: Path, tmp_path: Path, name: str):
    suffix = "zip" if name.endswith("zip") else "gztar"
    packed = Path(shutil.make_archive(str(tmp_path / "run"), suffix, played.parent, played.name))
    assert packed.name == name

    run = open_run(packed)

    assert run.about == open_run(played).about
    assert [kept.trace() for kept in run.kept] == [kept.trace() for kept in open_run(played).kept]


# ── what is wrong is said ────────────────────────────────────────────────────


def wrong(name: str | Path) -> str:
    with pytest.raises(RunError) as told:
        open_run(name)
    return str(told.value)


@pytest.mark.parametrize("name", ["nowhere", "", "a\0b", "x" * 300, "../nowhere", "*"])
def test_a_run_that_is_not_there_is_said_to_be_missing(tmp_path: Path, name: str):
    with chdir(tmp_path):
        assert "there is no run" in wrong(name)


def test_latest_of_nothing_says_how_to_get_one(tmp_path: Path):
    with chdir(tmp_path):
        assert "'deadair run' leaves one" in wrong("latest")


def test_one_run_in_a_run_folder_is_told_how_it_is_written(played: Path):
    assert f"'{played}::0000-a-short-call'" in wrong(played / "0000-a-short-call")


def test_a_folder_of_something_else_is_no_run_folder(tmp_path: Path):
    assert "'deadair run' leaves one" in wrong(tmp_path)


def test_a_run_folder_of_an_older_deadair_can_still_be_judged(copied: Path):
    (copied / "about.json").unlink()

    assert "deadair judge" in wrong(copied)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (b"", "no JSON"),
        (b"[1]", "version None"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"deadair_run": 2}', "reads version 1"),
        (b'{"deadair_run": true}', "reads version 1"),
        (b'{"deadair_run": 1}', "'deadair' is wrong"),
    ],
    ids=["nothing", "a list", "no UTF-8", "deep", "newer", "no number", "nothing else"],
)
def test_a_broken_about_is_told_with_its_place(tmp_path: Path, about: bytes, said: str):
    (tmp_path / "about.json").write_bytes(about)

    told = wrong(tmp_path)

    assert told.startswith(f"{tmp_path}/about.json: ")
    assert said in told


@pytest.mark.parametrize("folder", ["..", "../x", "/etc", "a/b", "a\\b", "", "."])
def test_a_run_never_lies_outside_its_folder(copied: Path, folder: str):
    about = json.loads((copied / "about.json").read_text())
    about["runs"][0]["folder"] = folder
    (copied / "about.json").write_text(json.dumps(about))

    assert "is no name of a folder" in wrong(copied)


def test_a_run_that_never_began_says_how_to_play_it(copied: Path):
    (copied / "0000-a-short-call" / "trace.jsonl").unlink()

    with pytest.raises(RunError, match="deadair rerun"):
        open_run(copied).kept[0].trace()


def test_a_run_without_its_scenario_cannot_be_played_again(copied: Path):
    (copied / "0000-a-short-call" / "scenario.yaml").unlink()

    with pytest.raises(RunError, match=r"there is no scenario\.yaml"):
        open_run(copied).kept[0].case()


# ── archives from anywhere ───────────────────────────────────────────────────


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return path


def tarred(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(bytes(member.size)))
    return path


def a_link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = kind, target
    return link


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "a\\..\\..\\out", "C:out"])
def test_a_path_that_leads_out_of_a_zip_is_refused(tmp_path: Path, name: str):
    told = wrong(zipped(tmp_path / "run.zip", (name, b"x")))

    assert "leads out of it" in told
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_refused(tmp_path: Path):
    link = zipfile.ZipInfo("about.json")
    link.external_attr = 0o120777 << 16

    assert "is a link or a device" in wrong(zipped(tmp_path / "run.zip", (link, b"/etc/passwd")))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_file_in_a_tar_is_refused(tmp_path: Path, kind: bytes):
    assert "is a link or a device" in wrong(tarred(tmp_path / "run.tar.gz", a_link("about.json", "/etc/passwd", kind)))


def test_a_path_that_leads_out_of_a_tar_is_refused(tmp_path: Path):
    assert "leads out of it" in wrong(tarred(tmp_path / "run.tar.gz", tarfile.TarInfo("../out")))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path):
    bomb = zipped(tmp_path / "run.zip", ("a", bytes(3_000_000)), ("b", bytes(3_000_000)))
    into = tmp_path / "into"
    into.mkdir()

    with pytest.raises(RunError, match=r"unpacked, this archive has more than 5 MB"):
        unpack(bomb, into, bytes_max=5_000_000)
    assert sum(file.stat().st_size for file in into.rglob("*")) <= 5_000_000


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path):
    (tmp_path / "into").mkdir()
    packed = zipped(tmp_path / "run.zip", *((f"{number}", b"") for number in range(11)))

    with pytest.raises(RunError, match="more than 10 files"):
        unpack(packed, tmp_path / "into", files_max=10)


def test_a_name_that_comes_twice_is_refused(tmp_path: Path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        packed = zipped(tmp_path / "run.zip", ("a", b"1"), ("a", b"2"))

    assert "cannot be unpacked" in wrong(packed)


@pytest.mark.parametrize("name", ["run.zip", "run.tar.gz", "run.tgz"])
@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", bytes(range(256)) * 40],
    ids=["nothing", "zip", "gzip", "anything"],
)
def test_a_broken_archive_is_told(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)

    assert "this archive" in wrong(tmp_path / name)


def test_an_archive_that_is_cut_off_is_told(played: Path, tmp_path: Path):
    packed = Path(shutil.make_archive(str(tmp_path / "run"), "gztar", played))
    packed.write_bytes(packed.read_bytes()[:-500])

    assert "is broken" in wrong(packed)


def test_an_archive_of_something_else_says_what_to_pack(tmp_path: Path):
    assert "Pack a run folder" in wrong(zipped(tmp_path / "run.zip", ("readme", b"")))


def test_a_file_of_another_kind_is_neither(tmp_path: Path):
    (tmp_path / "notes.txt").touch()

    assert "neither a run folder nor an archive" in wrong(tmp_path / "notes.txt")
