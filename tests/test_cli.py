"""The command line, as a person or an editor starts it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pair_ls
from pair_ls import cli
from pair_ls.errors import HubUnreachable, NotAllowed, PairError, SettingsError
from tests.support.hub_process import HubProcess
from tests.support.processes import PAIR_LS, clean_environment

# What the language server may never load: it would start slower, and an editor's installation does not have it.
HEAVY = ("fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "openai", "pydantic")


def pair_ls_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PAIR_LS, *arguments],
        env=clean_environment(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_version_goes_to_stdout() -> None:
    done = pair_ls_command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"pair-ls {pair_ls.__version__}\n", "")


def test_without_a_command_the_usage_goes_to_stderr() -> None:
    done = pair_ls_command()
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: pair-ls" in done.stderr


def test_an_unknown_setting_stops_the_hub_with_one_clear_line() -> None:
    done = pair_ls_command("hub", PAIR_LS_PROT="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "pair-ls: PAIR_LS_PROT is not a setting of pair-ls. Did you mean PAIR_LS_PORT?\n"


def test_a_malformed_flag_is_told_by_its_own_name() -> None:
    done = pair_ls_command("hub", "--port", "eight")
    assert (done.returncode, done.stderr) == (2, "pair-ls: --port must be a whole number, not 'eight'.\n")


def test_status_of_a_folder_without_a_room(tmp_path: Path) -> None:
    done = pair_ls_command("status", str(tmp_path))
    assert done.returncode == 1
    assert "takes part in no room" in done.stdout


@pytest.mark.parametrize(
    ("error", "code"),
    [(SettingsError("x"), 2), (HubUnreachable("x"), 3), (NotAllowed("x"), 1), (PairError("x"), 1)],
)
def test_each_kind_of_failure_has_its_exit_code(error: PairError, code: int) -> None:
    assert cli.exit_code(error) == code


def test_a_failure_is_one_sentence_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(chosen: object) -> int:
        raise HubUnreachable("The hub é😀 does not answer.")

    monkeypatch.setattr(cli, "run_status", refuse)
    assert cli.main(["status"]) == 3
    written = capsys.readouterr()
    assert (written.out, written.err) == ("", "pair-ls: The hub é😀 does not answer.\n")


def test_an_interrupt_is_130_and_silent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(chosen: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run_status", interrupt)
    assert cli.main(["status"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "form", [["--stdio"], ["--clientProcessId", "4711"], ["--stdio", "--clientProcessId=4711"], []]
)
def test_lsp_takes_what_editors_append(form: list[str]) -> None:
    chosen = cli.parser().parse_args(["lsp", *form])
    assert chosen.run is cli.run_language_server


def test_the_language_server_loads_nothing_of_the_hub() -> None:
    program = "import sys, pair_ls.cli, pair_ls.language_server.joining, pair_ls.language_server as it; it.serve"
    report = f"print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"{program}; {report}"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_hub_without_its_packages_says_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pair_ls.hub", raising=False)
    monkeypatch.delattr(pair_ls, "hub", raising=False)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    for name in [name for name in sys.modules if name.startswith("pair_ls.hub")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SettingsError, match=r"pip install 'pair-ls\[hub\]'"):
        cli.run_hub(cli.parser().parse_args(["hub"]))


@pytest.mark.parametrize("command", ["hub", "lsp", "share", "join", "status", "doctor"])
def test_each_command_explains_itself(command: str) -> None:
    done = pair_ls_command(command, "--help")
    assert done.returncode == 0
    assert "PAIR_LS_LOG_LEVEL" in done.stdout


def test_a_setting_that_is_on_can_be_switched_off() -> None:
    chosen = vars(cli.parser().parse_args(["lsp", "--no-completion-learn-folder", "--completion-api", "chat"]))
    assert (chosen["--completion-learn-folder"], chosen["--completion-api"]) == ("false", "chat")


def test_a_hub_is_backed_up_while_it_runs(hub: HubProcess, tmp_path: Path) -> None:
    room = hub.create_room(code="é 😀\n", language="python")["roomId"]
    file, data = tmp_path / "backup", tmp_path / "new"
    done = pair_ls_command("hub", "--data-dir", str(hub.folder / "data"), "backup", str(file))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    done = pair_ls_command("hub", "restore", str(file), "--data-dir", str(data))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    again = pair_ls_command("hub", "restore", str(file), "--data-dir", str(data))
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    with HubProcess(tmp_path / "other", database_url=f"sqlite:///{data / 'hub.sqlite3'}") as other:
        assert other.request("GET", f"/api/rooms/{room}")["code"] == "é 😀\n"


def test_the_rooms_of_a_hub_are_listed_while_it_runs_and_when_it_does_not(hub: HubProcess) -> None:
    first = hub.create_room(name="é 😀", code="x", language="python")
    second = hub.create_room(name="later", code="y")
    hub.request("PATCH", f"/api/rooms/{first['roomId']}", {"closed": True}, token=first["token"])
    data = str(hub.folder / "data")
    for is_running in (True, False):
        if not is_running:
            hub.stop()
        done = pair_ls_command("hub", "rooms", "--json", "--data-dir", data)
        listed = json.loads(done.stdout)
        assert [each["roomId"] for each in listed] == [second["roomId"], first["roomId"]], done.stderr
        assert [each["closedAt"] is not None for each in listed] == [False, True]
        assert [each["documents"] for each in listed] == [2, 2]
        lines = pair_ls_command("hub", "--data-dir", data, "rooms").stdout.splitlines()
        assert lines[1].endswith("2 documents  closed  é 😀")
    nothing = pair_ls_command("hub", "rooms", "--data-dir", str(hub.folder / "nowhere"))
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "There is no database" in nothing.stderr
