"""Sharing without a hub starts one on this machine, and it stays."""

import subprocess
from pathlib import Path

import pytest

from pair_ls.errors import HubUnreachable
from pair_ls.language_server import hub_api, joining, local_hub
from pair_ls.settings import LanguageServerSettings
from tests.support.processes import free_port


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is written where the user's own hub keeps its things."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def test_a_hub_is_started_once_and_outlives_the_command(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setattr(joining, "DEFAULT_HUB_URL", url)
    started: list[subprocess.Popen[bytes]] = []
    start = local_hub.start_local_hub
    monkeypatch.setattr(local_hub, "start_local_hub", lambda hub_url: started.append(start(hub_url)))
    try:
        first = joining.share(own_folders / "a", LanguageServerSettings(name="Ada"))
        second = joining.share(own_folders / "b", LanguageServerSettings(name="Ada"))
        assert hub_api.is_answering(url)
        assert len(started) == 1
        assert first.folder.address.hub_url == url
        assert first.folder.address.room_id != second.folder.address.room_id
        assert f"pair-ls join {first.folder.invite}" in first.summary
        assert joining.share(own_folders / "a", LanguageServerSettings()).folder == first.folder
    finally:
        for process in started:
            process.terminate()
            process.wait(10)


def test_a_hub_that_does_not_come_up_says_why_and_what_to_do(own_folders: Path) -> None:
    with pytest.raises(HubUnreachable, match=r"starting one here failed: .*pair-ls\[hub\]"):
        local_hub.start_local_hub("http://192.0.2.1:9")
