"""Where a project begins."""

from pathlib import Path

from harness.scenario import project_root


def test_the_nearest_folder_with_a_project_file_is_the_root(tmp_path: Path):
    (tmp_path / "pyproject.toml").touch()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)

    assert project_root(deep) == tmp_path.resolve()


def test_a_project_inside_a_project_is_its_own(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "app"
    inner.mkdir()
    (inner / "package.json").touch()

    assert project_root(inner) == inner.resolve()
