"""`pair-ls doctor`: sentences about what is wrong."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pair_ls import doctor
from pair_ls.configuration import Sources
from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder, new_participant
from tests.support.hub_process import HubProcess
from tests.support.postgres import PostgresServer
from tests.support.processes import free_port, wait_until


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    monkeypatch.setattr(doctor, "TIMEOUT_SECONDS", 0.5)
    environment = {"PAIR_LS_PORT": str(free_port()), "PAIR_LS_HUB_URL": f"http://127.0.0.1:{free_port()}"}
    return Sources({}, environment, tmp_path / "config.toml", tmp_path / "data", lambda: "é😀")


def examined(sources: Sources, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit code and, by subject, the last verdict and sentence."""
    code = doctor.examine(sources, as_json=True)
    findings = json.loads(capsys.readouterr().out)["findings"]
    return code, {one["subject"]: (one["verdict"], one["sentence"]) for one in findings}


def test_a_configured_hub_that_does_not_answer_is_a_problem(
    sources: Sources, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = examined(sources, capsys)
    assert code == 1
    assert found["hub"][0] == "problem"
    assert "does not answer" in found["hub"][1]
    assert found["settings"][0] == found["database"][0] == found["port"][0] == "good"


def test_a_hub_that_is_not_ready_says_why(
    sources: Sources, capsys: pytest.CaptureFixture[str], start_hub: Callable[..., HubProcess], tmp_path: Path
) -> None:
    with PostgresServer() as database:
        hub = start_hub(database_url=database.url())
        environment = {**sources.environment, "PAIR_LS_HUB_URL": hub.url}
        there = Sources({}, environment, sources.config_file, sources.data_dir, str)
        found = examined(there, capsys)[1]
        assert found["hub"] == ("good", f"The hub at {hub.url} answers.")
        database.kill9()
        wait_until(lambda: examined(there, capsys)[1]["hub"][0] == "problem", what="the hub says so", seconds=20)
        assert "does not answer" in examined(there, capsys)[1]["hub"][1]


def test_the_room_of_the_folder_is_looked_at(
    sources: Sources,
    capsys: pytest.CaptureFixture[str],
    start_hub: Callable[..., HubProcess],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = start_hub(arguments=["--access", "invite"])
    made = hub.create_room()
    folder = tmp_path / "folder"
    folder.mkdir()
    address = HubAddress(hub.url, made["roomId"], new_participant(), "Ada", token=made["token"])
    JoinedFolder(folder.resolve(), address).save()
    monkeypatch.chdir(folder)
    there = Sources({}, {"PAIR_LS_HUB_URL": hub.url}, sources.config_file, sources.data_dir, str)
    verdict, sentence = examined(there, capsys)[1]["room"]
    assert (verdict, sentence.endswith("0 are connected, you are its owner.")) == ("good", True)
    hub.request("PATCH", f"/api/rooms/{made['roomId']}", {"closed": True}, token=made["token"])
    code, found = examined(there, capsys)
    assert (code, found["room"][0]) == (1, "problem")
    assert "closed by an owner" in found["room"][1]
    hub.request("DELETE", f"/api/rooms/{made['roomId']}", token=made["token"])
    assert "cannot be entered" in examined(there, capsys)[1]["room"][1]


def test_an_unknown_setting_is_a_problem(sources: Sources, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {**sources.environment, "PAIR_LS_PROT": "1"}
    code, found = examined(Sources({}, environment, sources.config_file, sources.data_dir, str), capsys)
    assert code == 1
    assert found["settings"] == ("problem", "PAIR_LS_PROT is not a setting of pair-ls. Did you mean PAIR_LS_PORT?")


def test_a_port_that_something_else_has_is_told(sources: Sources, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        environment = {"PAIR_LS_PORT": str(listener.getsockname()[1])}
        listener.close()
        with socket.create_server(("127.0.0.1", int(environment["PAIR_LS_PORT"]))) as other:
            other.settimeout(0.01)
            _, found = examined(Sources({}, environment, sources.config_file, sources.data_dir, str), capsys)
    assert found["port"][0] == "note"
    assert "cannot listen" in found["port"][1]


def test_a_database_that_does_not_answer_is_a_problem(sources: Sources, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"postgresql+psycopg://postgres:hunter2@127.0.0.1:{free_port()}/x"
    environment = {**sources.environment, "PAIR_LS_DATABASE_URL": url}
    _, found = examined(Sources({}, environment, sources.config_file, sources.data_dir, str), capsys)
    assert found["database"][0] == "problem"
    assert "hunter2" not in str(found)


def test_a_postgres_that_answers_is_good(
    sources: Sources, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {**sources.environment, "PAIR_LS_DATABASE_URL": postgres_url}
    _, found = examined(Sources({}, environment, sources.config_file, sources.data_dir, str), capsys)
    assert found["database"][0] == "good"


def test_for_people_each_finding_is_a_line(sources: Sources, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.examine(sources, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 6
    assert all(line.split()[0] in ("good", "note", "problem") and line.endswith((".", "?")) for line in lines)
