"""Whole folders between real processes on a real disk: joining, renaming, other programs, crashes, unsafe paths."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.pair import pair_ls
from tests.support.fake_editor import FakeEditor
from tests.support.hub_process import HubProcess
from tests.support.json_rpc import until
from tests.support.processes import PAIR_LS, clean_environment

AWKWARD = "é 😀 e\u0301\u2028\fone\ntwo\n"


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


def texts(folder: Path) -> dict[str, str]:
    """All files but those of tools; none at a moment in which one of them went away."""
    try:
        return {
            file.relative_to(folder).as_posix(): file.read_bytes().decode()
            for file in folder.rglob("*")
            if file.is_file() and not {".pair-ls", ".git"} & set(file.relative_to(folder).parts)
        }
    except FileNotFoundError:
        return {}


def backups(folder: Path) -> set[bytes]:
    return {file.read_bytes() for file in (folder / ".pair-ls" / "backup").rglob("*") if file.is_file()}


def share(folder: Path, hub: HubProcess, *flags: str) -> str:
    """Share it; the invite link."""
    pair_ls(folder.parent, "share", str(folder), "--hub-url", hub.url, "--name", folder.name, *flags)
    return str(json.loads((folder / ".pair-ls" / "room.json").read_bytes())["invite"])


def join(folder: Path, link: str, *flags: str) -> str:
    return pair_ls(folder.parent, "join", link, str(folder), "--name", folder.name, *flags)


async def has(folder: Path, expected: dict[str, str], *, seconds: float = 20) -> None:
    try:
        await until(lambda: texts(folder) == expected, what="the files", seconds=seconds)
    except TimeoutError:
        assert texts(folder) == expected


async def settled(editor: FakeEditor) -> Any:
    """Wait until everything is at the hub; the status."""
    async with asyncio.timeout(20):
        while True:
            status = await editor.command("pair.status")
            if status["state"] == "connected" and not status["unacknowledged"]:
                return status
            await asyncio.sleep(0.02)


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        (tmp_path / name).mkdir()
        return tmp_path / name

    return make


def test_whole_folder_is_shared_and_joined_without_an_editor(folders: Callable[[str], Path], hub: HubProcess) -> None:
    ada, bob = folders("ada"), folders("bob")
    shared = {
        "a.py": AWKWARD,
        "deep/é/b.txt": "x\n",
        "empty.txt": "",
        "windows.txt": "one\r\ntwo\r\n",
        ".gitignore": "*.log\n",
    }
    secret = {".env": "KEY=1\n", "x.pem": "-----BEGIN\n", "deep/.ssh/id_rsa": "k\n"}
    write(ada, {**shared, **secret, "out.log": "no\n", "image.png": b"\x89PNG\0\xff", ".git/config": "[core]\n"})
    os.chmod(ada / "a.py", 0o755)
    (ada / "link.py").symlink_to("/etc/hostname")
    link = share(ada, hub, "--all")
    printed = join(bob, link)
    assert texts(bob) == {**shared, "windows.txt": "one\ntwo\n"}  # how lines end is each folder's own matter
    assert "5 files are in step" in printed
    own = bob / ".pair-ls"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert (own / ".gitignore").read_text() == "*\n"
    readable = [file for file in own.rglob("*") if file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077]
    assert [file.name for file in readable] == ["lock"] or readable == []


async def test_files_appear_change_move_and_vanish_for_everybody(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"a.py": AWKWARD, "b.py": "b\n", "c.py": "c\n"})
    link = share(ada, hub, "--all")
    join(bob, link)
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        await settled(one)
        await settled(two)
        write(ada, {"new/d.py": "d 😀\n", "a.py": AWKWARD + "by another program\n"})
        expected = {"a.py": AWKWARD + "by another program\n", "b.py": "b\n", "c.py": "c\n", "new/d.py": "d 😀\n"}
        await has(bob, expected)
        before = (await one.command("pair.status"))["files"]
        (ada / "moved").mkdir()
        (ada / "b.py").rename(ada / "moved" / "é.py")
        (bob / "c.py").unlink()
        expected = {"a.py": AWKWARD + "by another program\n", "moved/é.py": "b\n", "new/d.py": "d 😀\n"}
        await has(bob, expected)
        await has(ada, expected)
        after = (await one.command("pair.status"))["files"]
        ids = [{file["path"]: file["documentId"] for file in files} for files in (before, after)]
        assert ids[0]["b.py"] == ids[1]["moved/é.py"]
        assert b"c\n" in backups(ada)


async def test_open_file_is_changed_through_the_editor_and_a_closed_one_on_the_disk(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"x.py": "one\r\n", "y.py": "y\n"})
    os.chmod(ada / "x.py", 0o750)
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        two.open("x.py")
        one.open("y.py")
        await settled(two)
        two.append("x.py", "two é\n")
        two.open("y.py")
        two.append("y.py", "typed 😀\n")
        await one.until_text("y.py", "y\ntyped 😀\n")
        await until(lambda: (ada / "x.py").read_bytes() == "one\r\ntwo é\r\n".encode(), what="the closed file")
        assert (ada / "y.py").read_text() == "y\n"
        assert stat.S_IMODE((ada / "x.py").stat().st_mode) == 0o750
        one.close("y.py")  # thrown away unsaved here; it stays in the room, so it is written
        await until(lambda: (ada / "y.py").read_text() == "y\ntyped 😀\n", what="the file closed meanwhile")


async def test_no_byte_is_lost_in_a_join_with_fifty_differing_files_and_a_dirty_buffer(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {f"f{number}.txt": f"room {number} é\n" for number in range(50)})
    own: dict[str, str | bytes] = {f"f{number}.txt": f"mine {number} 😀\r\n" for number in range(50)}
    write(bob, own)
    link = share(ada, hub, "--all")
    printed = join(bob, link)
    assert texts(bob) == own
    assert "0 files are in step" in printed
    async with FakeEditor(bob) as two:
        asked: list[str] = []

        def choose(params: Any) -> Any:
            asked.append(params["message"])
            return {"title": "Room's"} if len(asked) > 1 else None

        two.choose = choose
        two.open("f0.txt", "mine 0 😀\r\ndirty é\r\n")
        await until(lambda: any("[differs]" in message for message in two.said()), what="the first question")
        assert texts(bob) == own
        assert two.text("f0.txt") == "mine 0 😀\r\ndirty é\r\n"
        await two.command("pair.join", {"link": link, "onConflict": "room"})
        await two.until_text("f0.txt", "room 0 é\r\n")
        expected = {f"f{number}.txt": f"room {number} é\r\n" for number in range(1, 50)}
        await has(bob, {**expected, "f0.txt": "mine 0 😀\r\n"})
        two.save("f0.txt")
        recoverable = backups(bob) | {text.encode() for text in texts(bob).values()}
        for content in [*own.values(), "mine 0 😀\r\ndirty é\r\n"]:
            assert (content.encode() if isinstance(content, str) else content) in recoverable


@pytest.mark.parametrize(("side", "text"), [("room", "room\n"), ("mine", "mine\n"), ("merge", "mine\nroom\n")])
def test_conflicts_are_decided_by_flag(folders: Callable[[str], Path], hub: HubProcess, side: str, text: str) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"x.txt": "room\n", "empty.txt": ""})
    write(bob, {"x.txt": "mine\n", "empty.txt": "not emptied\n"})
    join(bob, share(ada, hub, "--all"), "--on-conflict", side)
    assert texts(bob) == {"x.txt": text, "empty.txt": "not emptied\n"}
    assert (b"mine\n" in backups(bob)) == (side != "mine")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env=clean_environment({"HOME": str(folder)}),
    )


async def test_checkout_of_two_hundred_files_with_five_open_loses_no_keystroke(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    if shutil.which("git") is None:
        pytest.skip("git checkout: git is not installed, so another program's changes were not tested with it")
    ada, bob = folders("ada"), folders("bob")
    names = [f"d{number % 7}/f{number}.txt" for number in range(200)]
    git(ada, "init", "-q", "-b", "old")
    write(ada, {name: f"first\n{name} old é\nlast\n" for name in names})
    git(ada, "add", "-A")
    git(ada, "commit", "-qm", "old")
    git(ada, "checkout", "-qb", "new")
    write(ada, {name: f"first\n{name} new 😀\nlast\n" for name in names})
    git(ada, "commit", "-qam", "new")
    git(ada, "checkout", "-q", "old")
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        for name in names[:5]:
            one.open(name)
            two.open(name)
        await settled(one)
        await settled(two)
        await asyncio.to_thread(git, ada, "checkout", "-q", "new")
        for number, name in enumerate(names[:5]):
            one.append(name, f"ada typed {number}\n")
            two.replace(name, 0, 0, f"bob typed {number} é\n")
        for number, name in enumerate(names[:5]):
            whole = f"bob typed {number} é\nfirst\n{name} new 😀\nlast\nada typed {number}\n"
            await one.until_text(name, whole, seconds=30)
            await two.until_text(name, whole, seconds=30)
        rest = {name: f"first\n{name} new 😀\nlast\n" for name in names[5:]}

        def others(folder: Path) -> dict[str, str]:
            return {name: text for name, text in texts(folder).items() if name not in names[:5]}

        await until(lambda: others(bob) == rest, what="the checkout at Bob's", seconds=30)
        assert others(ada) == rest


async def test_edits_made_while_somebody_renames_land_in_the_renamed_file(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"old.py": "text\n"})
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        await settled(one)
        two.open("old.py")
        await settled(two)
        (ada / "old.py").rename(ada / "new é.py")
        for number in range(20):
            two.append("old.py", f"{number}\n")
            await asyncio.sleep(0.05)
        whole = "text\n" + "".join(f"{number}\n" for number in range(20))
        await has(ada, {"new é.py": whole})
        two.close("old.py")
        await has(bob, {"new é.py": whole})


async def test_editor_that_renames_brings_the_document_along(folders: Callable[[str], Path], hub: HubProcess) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"old.py": "text\n", "dir/in.py": "in\n"})
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        one.open("old.py")
        await settled(one)
        await settled(two)
        before = {file["path"]: file["documentId"] for file in (await two.command("pair.status"))["files"]}
        files = [
            {"oldUri": (ada / old).as_uri(), "newUri": (ada / new).as_uri()}
            for old, new in (("old.py", "new.py"), ("dir", "folder"))
        ]
        await one.server.request("workspace/willRenameFiles", {"files": files})
        (ada / "old.py").rename(ada / "new.py")
        (ada / "dir").rename(ada / "folder")
        one.close("old.py")
        one.open("new.py")
        one.server.notify("workspace/didRenameFiles", {"files": files})
        one.append("new.py", "typed é\n")
        await has(bob, {"new.py": "text\ntyped é\n", "folder/in.py": "in\n"})
        after = {file["path"]: file["documentId"] for file in (await two.command("pair.status"))["files"]}
        assert (after["new.py"], after["folder/in.py"]) == (before["old.py"], before["dir/in.py"])


async def has_both(folder: Path, both: set[str]) -> None:
    """Files that were made at the same time, in the folder."""
    made = {"seed.txt": "x\n"}
    await until(lambda: set(texts(folder).values()) - set(made.values()) == both, what=f"both texts in {folder.name}")


async def test_two_who_make_the_same_file_at_once_keep_both_texts(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"seed.txt": "x\n"})
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        await settled(one)
        await settled(two)
        write(ada, {"same.py": "of Ada é\n"})
        write(bob, {"same.py": "of Bob 😀\n"})
        for folder in (ada, bob):
            await has_both(folder, {"of Ada é\n", "of Bob 😀\n"})
        await until(lambda: texts(ada) == texts(bob), what="the same in both folders")
        assert set(texts(ada)) == {"seed.txt", "same.py", "same (2).py"}


async def test_two_who_make_the_same_file_in_their_editors_keep_both_texts(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"seed.txt": "x\n"})
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        await settled(one)
        await settled(two)
        one.open("same.py", "of Ada é\n")
        two.open("same.py", "of Bob 😀\n")
        await until(lambda: one.text("same.py") == two.text("same.py"), what="one text in both editors")
        other = "of Ada é\n" if one.text("same.py") == "of Bob 😀\n" else "of Bob 😀\n"
        for folder in (ada, bob):
            await until(lambda folder=folder: texts(folder).get("same (2).py") == other, what="the other text")  # type: ignore[misc]


async def test_delete_while_somebody_types_keeps_the_typing_and_asks(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"x.py": "text\n", "y.py": "y\n"})
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        await settled(one)
        two.choose = lambda params: {"title": "Share again"} if "deleted" in params["message"] else None
        two.open("x.py")
        await settled(two)
        two.append("x.py", "typed é\n")
        await until(lambda: (ada / "x.py").read_text() == "text\ntyped é\n", what="the typing")
        (ada / "x.py").unlink()
        await until(lambda: "text\ntyped é\n".encode() in backups(bob), what="the backup of the typing")
        assert two.text("x.py") == "text\ntyped é\n"
        await has(ada, {"x.py": "text\ntyped é\n", "y.py": "y\n"})
        two.append("x.py", "more\n")
        await has(ada, {"x.py": "text\ntyped é\nmore\n", "y.py": "y\n"})


async def test_killed_in_the_middle_of_a_join_nothing_is_half_and_coming_back_finishes_it(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    files = {f"d{number % 5}/f{number}.txt": f"{number} é\n" * 500 for number in range(300)}
    write(ada, {**files})
    link = share(ada, hub, "--all")
    for _ in range(3):
        editor = FakeEditor(bob)
        if not (bob / ".pair-ls").exists():
            command = [*PAIR_LS, "join", link, str(bob), "--name", "bob"]
            joining = subprocess.Popen(  # noqa: ASYNC220 - to be killed, not waited for
                command, env=clean_environment({"HOME": str(bob.parent)}), stdout=subprocess.DEVNULL
            )
            await until(lambda: len(texts(bob)) > 20, what="some files")
            joining.kill()
            joining.wait()
        else:
            await editor.start()
            await asyncio.sleep(0.3)
            await editor.server.kill9()
        for name, text in texts(bob).items():
            assert text == files[name]
    async with FakeEditor(bob):
        await has(bob, files)
    assert list((bob / ".pair-ls" / "temporary").iterdir()) == []
    assert backups(bob) == set()


async def test_paths_that_run_things_need_a_yes_and_unsafe_ones_are_refused(
    folders: Callable[[str], Path], hub: HubProcess
) -> None:
    ada, bob = folders("ada"), folders("bob")
    running = {
        ".vscode/tasks.json": "{}\n",
        ".envrc": "true\n",
        "Makefile": "all:\n",
        ".github/workflows/x.yml": "on\n",
    }
    write(ada, {"fine.py": "x\n", **running})
    link = share(ada, hub, "--all")
    join(bob, link)
    assert texts(bob) == {"fine.py": "x\n"}
    assert texts(ada)[".vscode/tasks.json"] == "{}\n"
    room = json.loads((ada / ".pair-ls" / "room.json").read_bytes())["roomId"]
    token = (ada / ".pair-ls" / "token").read_text() if (ada / ".pair-ls" / "token").exists() else None
    hostile = ["CON.txt", "GIT~1/config", "a:b", "x\u202etxt", "trailing."]
    for path in hostile:
        hub.request("POST", f"/api/rooms/{room}/documents", {"path": path, "language": ""}, token=token)
    async with FakeEditor(bob) as two:
        two.choose = lambda params: {"title": "Refuse"}
        await settled(two)
        waiting = {"fine.py"}

        async def all_are_told() -> bool:
            nonlocal waiting
            waiting = {one["path"] for one in (await two.command("pair.status"))["waiting"]}
            return len(waiting) >= len(running) - 1 + len(hostile)

        async with asyncio.timeout(20):
            while not await all_are_told():
                await asyncio.sleep(0.05)
        assert ".vscode/tasks.json" in waiting
        assert texts(bob) == {"fine.py": "x\n"}
        (ada / "fine.py").rename(ada / "conftest.py")
        pair_ls(ada.parent, "join", link, str(ada), "--name", "ada")
        await until(lambda: any("conftest.py" in message for message in two.said()), what="the question")
        assert texts(bob) == {"fine.py": "x\n"}
    join(bob, link, "--allow", ".vscode/*")
    assert set(texts(bob)) == {"fine.py", ".vscode/tasks.json"}


async def test_status_lists_files_and_what_is_not_in_step(folders: Callable[[str], Path], hub: HubProcess) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"a.py": "a\n", "image.png": b"\0\1"})
    join(bob, share(ada, hub, "--all"))
    async with FakeEditor(ada) as one, FakeEditor(bob) as two:
        await settled(one)
        two.open("a.py")
        await settled(two)
        two.append("a.py", "é\n")

        async def people() -> list[str]:
            files = (await one.command("pair.status"))["files"]
            return [name for file in files if file["path"] == "a.py" for name in file["participants"]]

        async with asyncio.timeout(10):
            while "bob" not in await people():
                await asyncio.sleep(0.05)
        status = await one.command("pair.status")
        assert [waiting["path"] for waiting in status["waiting"]] == ["image.png"]
        assert "binary" in status["waiting"][0]["reason"]
        printed = pair_ls(ada.parent, "status", str(ada))
        assert "image.png" in printed
        assert "a.py" in printed
        assert "bob" in printed


async def test_leaving_keeps_the_files_and_coming_back_merges(folders: Callable[[str], Path], hub: HubProcess) -> None:
    ada, bob = folders("ada"), folders("bob")
    write(ada, {"x.py": "1\n2\n3\n"})
    link = share(ada, hub, "--all")
    join(bob, link)
    async with FakeEditor(bob) as two:
        await settled(two)
        await two.command("pair.leave")
        async with FakeEditor(ada) as one:
            await settled(one)
            write(ada, {"x.py": "one\n2\n3\n"})
            write(bob, {"x.py": "1\n2\n3\nfour é\n"})
            await asyncio.sleep(1)
            await settled(one)
        assert texts(bob) == {"x.py": "1\n2\n3\nfour é\n"}
        await two.command("pair.join", {"link": link})
        await has(bob, {"x.py": "one\n2\n3\nfour é\n"})
