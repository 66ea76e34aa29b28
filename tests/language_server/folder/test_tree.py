"""Walking a folder: what is shared when all of it is."""

from pathlib import Path

from pair_ls.language_server.folder.tree import walk


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x\n")


def test_ignore_files_of_all_folders_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.py",
        "é/b.py",
        "a.log",
        "é/keep.log",
        "é/x.tmp",
        "build/out",
        "secret-plans.txt",
        "node_modules/x.js",
    )
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n")
    (tmp_path / "é" / ".gitignore").write_text("!keep.log\n")
    (tmp_path / "é" / ".ignore").write_text("*.tmp\n")
    (tmp_path / ".pair-ls").mkdir()
    (tmp_path / ".pair-ls" / "ignore").write_text("secret-plans.txt\n")
    tree = walk(tmp_path, max_bytes=100)
    assert tree.paths == [".gitignore", "a.py", "é/.gitignore", "é/.ignore", "é/b.py", "é/keep.log"]
    assert tree.refused == {}


def test_secrets_and_large_and_unsafe_files_are_refused_with_why(tmp_path: Path) -> None:
    write(tmp_path, "fine.txt", ".env", "deep/x.pem", "con.txt")
    (tmp_path / "large.txt").write_text("x" * 101)
    (tmp_path / "link").symlink_to("fine.txt")
    (tmp_path / "folder-link").symlink_to("deep")
    tree = walk(tmp_path, max_bytes=100)
    assert tree.paths == ["fine.txt"]
    assert set(tree.refused) == {".env", "deep/x.pem", "con.txt", "large.txt"}
    assert all(why.endswith(".") for why in tree.refused.values())
