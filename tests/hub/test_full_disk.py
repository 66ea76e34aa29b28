"""The disk under a whole hub fills up while people type: it says so, reads go on, nothing is lost, and it recovers.

Really full: the hub's folder is a small file system of its own, in a namespace that needs no rights. Where the machine
does not allow that, and in any case once, the kernel refuses to let files grow (RLIMIT_FSIZE).
"""

import asyncio
import contextlib
import json
import resource
import subprocess
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub.clients import Pair, Stock, until
from tests.hub.test_rest import problem
from tests.support.hub_process import OPENER, HubProcess

DISK_BYTES = 8 << 20
MOUNTED = 'mount -t tmpfs -o size=$1 tmpfs "$2" && shift 2 && exec "$@"'
OWN_MOUNTS = ("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh", str(DISK_BYTES))


class SmallDisk(HubProcess):
    """Its folder lies on a file system of a few megabytes."""

    def __enter__(self) -> "SmallDisk":
        self.folder.mkdir(parents=True)
        (self.folder / "data").mkdir()
        tried = subprocess.run([*OWN_MOUNTS, self.folder / "data", "true"], capture_output=True, check=False)
        if tried.returncode:
            pytest.skip(f"a small file system: {tried.stderr.decode().strip()}")
        super().__enter__()
        return self

    def command(self) -> list[str]:
        return [*OWN_MOUNTS, str(self.folder / "data"), *super().command()]

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        ballast = Path(f"/proc/{self.process_id}/root{self.folder}/data/ballast")
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        yield
        ballast.unlink()


class NoGrowth(HubProcess):
    """No file of it may grow; what is already there may be written."""

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        limits = resource.prlimit(self.process_id, resource.RLIMIT_FSIZE)
        largest = max(each.stat().st_size for each in (self.folder / "data").iterdir())
        resource.prlimit(self.process_id, resource.RLIMIT_FSIZE, (largest, limits[1]))
        yield
        resource.prlimit(self.process_id, resource.RLIMIT_FSIZE, limits)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", [SmallDisk, NoGrowth])
async def test_a_full_disk_stops_nobody_for_good(kind: type[SmallDisk] | type[NoGrowth], tmp_path: Path) -> None:
    with kind(tmp_path / "hub") as hub:
        room_id = hub.create_room(language="python", code="é😀\n")["roomId"]
        async with Pair(hub, room_id, name="Ada") as ada, Pair(hub, room_id, name="Bob") as bob:
            await ada.open("main.py")
            await bob.open("main.py")
            await ada.type("before;")
            await ada.is_safe()
            with hub.full():
                number = await type_until_unsaved(ada)
                safe = ada.text
                await asyncio.sleep(1.2)
                ready = await asyncio.to_thread(readiness, hub)
                assert not ready["ready"]
                assert any("disk" in each and "full" in each for each in ready["trouble"]), ready
                assert await asyncio.to_thread(problem, hub, "POST", "/api/rooms", {}) == (503, "store-full")
                await reads_go_on(hub, room_id, "before;")
                await ada.type("while full;")
                await bob.type("Bob too;", at=0)
                await asyncio.sleep(0.5)
                assert ada.replica.unacknowledged() > 0
                assert bob.replica.unacknowledged() > 0
                assert "while full" not in bob.text, "nobody is shown what is not stored"
            await ada.is_safe()
            await bob.is_safe()
            text = f"Bob too;{safe}while full;"
            await until(lambda: ada.text == bob.text == text, "both have all of it")
            assert number > 0
            assert ada.resets == bob.resets == 0
            ready = await asyncio.to_thread(readiness, hub)
            assert ready["ready"], ready
        assert hub.request("POST", "/api/rooms", {})["roomId"]
        if kind is NoGrowth:  # the other's file system is gone with its process
            hub.kill9()
            hub.start()
        async with Stock(hub, room_id) as cleo:
            await cleo.sees(text)


async def type_until_unsaved(ada: Pair) -> int:
    """The last pages of the disk still take some. How many did not fit."""
    for _ in range(400):
        await ada.type("x" * 500)
        await asyncio.sleep(0.02)
        if ada.replica.unacknowledged() >= 3:
            await asyncio.sleep(0.5)  # a slow disk would have stored them by now
            if ada.replica.unacknowledged() >= 3:
                return ada.replica.unacknowledged()
    raise AssertionError("the disk does not become full")


async def reads_go_on(hub: HubProcess, room_id: str, text: str) -> None:
    """For who is here, who comes, and by REST."""
    assert text in (await asyncio.to_thread(hub.request, "GET", f"/api/rooms/{room_id}"))["code"]
    async with Stock(hub, room_id) as newcomer:
        await until(lambda: text in newcomer.shared.text, "a newcomer reads the room")
    document = f"/api/rooms/{room_id}/documents/main/history/1"
    assert (await asyncio.to_thread(hub.request, "GET", document))["text"] == "é😀\n"


def readiness(hub: HubProcess) -> Any:
    """What GET /readyz says, whatever its status."""
    try:
        with OPENER.open(f"{hub.url}/readyz", timeout=10) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return json.loads(error.read())
