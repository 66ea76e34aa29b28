"""The examples of docs/protocol.md, run as they are printed; only the hub's address is that of the test's."""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hub.clients import Stock, until
from tests.support.hub_process import HubProcess
from tests.support.node import Node
from tests.support.processes import clean_environment

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
PRINTED_ADDRESS = "127.0.0.1:8000"


def examples(language: str, hub: HubProcess) -> list[str]:
    """The page's blocks of this language."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert all(PRINTED_ADDRESS in each for each in found)
    return [each.replace(PRINTED_ADDRESS, f"127.0.0.1:{hub.port}") for each in found]


def typed_in_a_shell(command: str) -> bytes:
    """What it prints."""
    if shutil.which("curl") is None:
        pytest.skip("curl: not installed, and the examples of docs/protocol.md are for it")
    environment = clean_environment({"NO_PROXY": "*"})
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=20, check=True, env=environment)
    return done.stdout


async def test_the_examples_of_the_protocol_page_work(hub: HubProcess, node: Node, tmp_path: Path) -> None:
    (command,) = examples("sh", hub)
    made = json.loads(await asyncio.to_thread(typed_in_a_shell, command))
    assert (made["language"], made["code"]) == ("python", "print(1)\n")
    (client,) = examples("js", hub)
    module = tmp_path / "example.mjs"
    module.write_text(f"{client}\nexport {{ join }};\n")
    room_id, token = made["roomId"], made["token"]
    with node.start("simple_client.mjs", module.as_uri(), room_id, token, folder=tmp_path) as sue:
        async with Stock(hub, room_id, token=token) as ada:
            await ada.sees("print(1)\né😀\n")
            await ada.type("bye\n")
            await until(lambda: not sue.is_running, "it is shown what another has typed, and leaves")
        shown = [json.loads(line) for line in sue.stdout().splitlines()]
        assert sue.stderr() == ""
    assert (shown[0]["code"], shown[-1]["code"]) == ("print(1)\n", "print(1)\né😀\nbye\n")
