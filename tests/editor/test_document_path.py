"""Uris and paths in the room: there and back, and nothing that leaves the folder."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from pair_ls.editor.document_path import document_path, uri_of
from pair_ls.errors import PathRefused

HOME = PurePosixPath("/home/ann/my project")
DRIVE = PureWindowsPath("C:/Users/Ann/project")
SHARE = PureWindowsPath("//server/share/project")


@pytest.mark.parametrize(
    ("uri", "root", "path"),
    [
        ("file:///home/ann/my%20project/main.py", HOME, "main.py"),
        ("file:///home/ann/my%20project/a/%C3%A9%F0%9F%98%80.txt", HOME, "a/é😀.txt"),
        ("file:///home/ann/my%20project/e%CC%81.txt", HOME, "é.txt"),
        ("file://localhost/home/ann/my%20project/main.py", HOME, "main.py"),
        ("file:///c%3A/Users/Ann/project/src/main.py", DRIVE, "src/main.py"),
        ("file:///C:/users/ann/PROJECT/src/main.py", DRIVE, "src/main.py"),
        ("file://server/share/project/main.py", SHARE, "main.py"),
        ("file:///home/ann/my%20project/100%25.txt", HOME, "100%.txt"),
        ("file:///home/ann/my%20project/a%23b.txt", HOME, "a#b.txt"),
    ],
)
def test_a_uri_below_the_folder_has_a_path(uri: str, root: PurePosixPath | PureWindowsPath, path: str) -> None:
    assert document_path(uri, root) == path


@pytest.mark.parametrize("root", [HOME, DRIVE, SHARE])
@pytest.mark.parametrize("path", ["main.py", "a b/é😀.txt", "100%.txt", "a#b/c+d&e.txt", "deep/er/still/x"])
def test_a_path_becomes_a_uri_and_is_found_again(root: PurePosixPath | PureWindowsPath, path: str) -> None:
    assert document_path(uri_of(root, path), root) == path


@pytest.mark.parametrize(
    ("uri", "root"),
    [
        ("untitled:Untitled-1", HOME),
        ("git:/home/ann/my%20project/main.py", HOME),
        ("file:///home/ann/other/main.py", HOME),
        ("file:///home/ann/my%20project", HOME),
        ("file:///home/ann/my%20project/../secret", HOME),
        ("file:///home/ann/my%20project/%2e%2e/secret", HOME),
        ("file:///home/ann/my%20projector/main.py", HOME),
        ("file://evil/home/ann/my%20project/main.py", HOME),
        ("file:///home/ann/my%20project/.git/config", HOME),
        ("file:///home/ann/my%20project/a%00b", HOME),
        ("file:///home/ann/my%20project/aux.txt", HOME),
        ("file:///d%3A/Users/Ann/project/main.py", DRIVE),
        ("file:///Users/Ann/project/main.py", DRIVE),
        ("file://server/other/project/main.py", SHARE),
        ("file:///c%3A/Users/Ann/project/a%5C..%5C..%5Cb", DRIVE),
    ],
)
def test_a_uri_that_is_no_file_of_the_folder_is_refused(uri: str, root: PurePosixPath | PureWindowsPath) -> None:
    with pytest.raises(PathRefused):
        document_path(uri, root)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "C:/x", "a/../../x", "//server/x", "nul", "a\\b", "x.", "x "])
@pytest.mark.parametrize("root", [HOME, DRIVE, SHARE])
def test_a_path_that_leaves_the_folder_has_no_uri(path: str, root: PurePosixPath | PureWindowsPath) -> None:
    with pytest.raises(PathRefused):
        uri_of(root, path)
