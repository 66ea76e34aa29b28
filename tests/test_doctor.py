"""`pair-ls doctor`: sentences about what is wrong."""

import json
import socket
from pathlib import Path

import pytest

from pair_ls import doctor
from pair_ls.configuration import Sources
from tests.support.processes import free_port


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
