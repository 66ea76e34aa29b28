"""Starting a hub where it cannot start: one sentence, an exit code, and nothing lost."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hub_process import HubProcess
from tests.support.processes import ChildProcess, free_port


def ended(child: ChildProcess) -> tuple[int, str]:
    """Exit code, and what it said."""
    code = child.process.wait(20)
    return code, child.stderr()


def sentences(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if line.strip()]


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = ended(HubProcess(tmp_path, port=taken.getsockname()[1]).spawn())
    assert code == 1
    assert len(sentences(said)) == 1
    assert "is taken" in said
    assert "--port" in said


def test_two_hubs_on_one_file_are_told_apart(start_hub: Callable[..., HubProcess], tmp_path: Path) -> None:
    first = start_hub(tmp_path / "hub")
    second = HubProcess(tmp_path / "second", arguments=["--data-dir", str(first.folder / "data")])
    code, said = ended(second.spawn())
    assert code == 3
    assert len(sentences(said)) == 1
    assert "Another hub already uses the database" in said
    assert first.is_healthy()
    first.kill9()
    assert second.start().is_healthy()
    second.stop()


def test_a_database_that_is_away_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://ada:geheim@127.0.0.1:{free_port()}/rooms"
    code, said = ended(HubProcess(tmp_path, database_url=url).spawn())
    assert code == 3
    assert len(sentences(said)) == 1
    assert "does not answer" in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("PAIR_LS_SIGNING_KEY", "short", "signing_key"),
        ("PAIR_LS_DATABASE_URL", "mysql://x/y", "database_url"),
    ],
)
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, name: str, value: str, named: str) -> None:
    code, said = ended(HubProcess(tmp_path, extra={name: value}).spawn())
    assert code == 2
    assert named in said


def test_a_hub_on_any_free_port_says_which(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path)
    hub.port = 0
    child = hub.spawn()
    child.wait_until(lambda: "http://127.0.0.1:" in child.stderr(), what="the address is told", seconds=20)
    hub.port = int(child.stderr().split("http://127.0.0.1:")[1].split()[0])
    hub.url = f"http://127.0.0.1:{hub.port}"
    child.wait_until(hub.is_healthy, what="it answers there", seconds=20)
    assert hub.create_room()["links"]["invite"].startswith(f"{hub.url}/r/")
    assert hub.stop() == 0
    assert hub.stdout() == ""


def test_only_the_owner_can_read_the_key(start_hub: Callable[..., HubProcess], tmp_path: Path) -> None:
    hub = start_hub(tmp_path / "hub")
    token = hub.create_room()["token"]
    key = (hub.folder / "data" / "signing.key").read_text()
    hub.request("GET", "/healthz", token=token)
    told = hub.stderr() + hub.stdout()
    assert key not in told
    assert token not in told
