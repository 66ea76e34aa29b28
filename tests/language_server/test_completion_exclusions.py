"""What of an editor's documents stays on the machine."""

from pathlib import Path

import pytest

from pair_ls.language_server.completion_exclusions import BEING_READ, DocumentExclusions


@pytest.mark.parametrize(
    "name", [".kube/config", ".docker/config.json", ".ssh/config", ".gnupg/gpg.conf", ".aws/config"]
)
async def test_a_file_in_no_folder_is_judged_by_its_whole_path(name: str, tmp_path: Path) -> None:
    exclusions = DocumentExclusions()
    await exclusions.read_above((tmp_path / name).parent)
    assert exclusions.reason((tmp_path / name).as_uri(), "x") == "may hold secrets"


async def test_ignore_files_above_a_file_in_no_folder_hold(tmp_path: Path) -> None:
    inside = tmp_path / "project" / "private"
    inside.mkdir(parents=True)
    (tmp_path / "project" / ".aiignore").write_text("private/\n")
    (tmp_path / "project" / ".git").mkdir()
    (tmp_path / "project" / ".gitignore").write_text("*.log\n")
    (tmp_path / ".gitignore").write_text("*\n")
    exclusions = DocumentExclusions()
    for folder in (inside, inside.parent):
        assert exclusions.reason((folder / "a.py").as_uri(), "x") == BEING_READ
        await exclusions.read_above(folder)
    assert exclusions.reason((inside / "a.py").as_uri(), "x") == ".aiignore"
    assert exclusions.reason((inside.parent / "a.log").as_uri(), "x") == ".gitignore"
    assert exclusions.reason((inside.parent / "a.py").as_uri(), "x") == ""


async def test_a_folder_of_the_editor_is_judged_from_its_top(tmp_path: Path) -> None:
    (tmp_path / ".aiignore").write_text("/private.py\n")
    exclusions = DocumentExclusions()
    exclusions.begin((tmp_path,))
    assert exclusions.reason((tmp_path / "a.py").as_uri(), "x") == BEING_READ
    await exclusions.read(tmp_path)
    assert exclusions.reason((tmp_path / "private.py").as_uri(), "x") == ".aiignore"
    assert exclusions.reason((tmp_path / "sub" / "private.py").as_uri(), "x") == ""
    assert exclusions.reason("untitled:1", "x") == "not a file"
