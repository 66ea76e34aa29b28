"""Which source wins, and what is said about a name or a value that is wrong."""

from pathlib import Path

import pytest

from pair_ls.configuration import Sources, problems, read_hub_settings, read_language_server_settings
from pair_ls.errors import SettingsError
from pair_ls.setting_fields import settings_of
from pair_ls.settings import Access, HubSettings, LanguageServerSettings, LogFormat


class Written:
    """Sources of settings in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flags: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.env_file: Path | None = None

    def toml(self, text: str) -> None:
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def env(self, text: str) -> None:
        self.env_file = self.folder / "hub.env"
        self.env_file.write_text(text, encoding="utf-8")

    def sources(self) -> Sources:
        return Sources(
            flags=self.flags,
            environment=self.environment,
            config_file=self.folder / "config.toml",
            data_dir=self.folder / "data",
            user_name=lambda: "Ada é😀",
            env_file=self.env_file,
        )

    def hub(self) -> HubSettings:
        return read_hub_settings(self.sources())

    def language_server(self) -> LanguageServerSettings:
        return read_language_server_settings(self.sources())


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def test_defaults_hold_where_nothing_is_written(written: Written) -> None:
    settings = written.hub()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database == f"sqlite:///{written.folder / 'data' / 'hub.sqlite3'}"
    assert settings.access_in_force is Access.OPEN
    assert written.language_server().name == "Ada é😀"
    assert not written.language_server().name_is_chosen


def test_the_stronger_source_wins(written: Written) -> None:
    places: list[tuple[int, object]] = []
    written.toml("[hub]\nport = 1001\n")
    places.append((1001, written.hub().port))
    written.env("# comment\nexport PAIR_LS_PORT='1002'\nOTHER=1\n")
    places.append((1002, written.hub().port))
    written.environment["PAIR_LS_PORT"] = "1003"
    places.append((1003, written.hub().port))
    written.flags["--port"] = "1004"
    places.append((1004, written.hub().port))
    assert [found for _, found in places] == [expected for expected, _ in places]


def test_an_empty_environment_name_is_absent(written: Written) -> None:
    written.environment["PAIR_LS_PORT"] = ""
    assert written.hub().port == 8000


def test_settings_inside_a_setting_have_names_of_their_own(written: Written) -> None:
    written.toml('[hub.limits]\nmessage_bytes = 2048\n[completion]\nmodel = "é"\n')
    written.environment["PAIR_LS_LIMITS_ROOM_PARTICIPANTS"] = "7"
    limits = written.hub().limits
    assert (limits.message_bytes, limits.room_participants) == (2048, 7)
    assert written.hub().completion.model == written.language_server().completion.model == "é"


def test_the_names_of_the_openai_library_are_honoured_after_ours(written: Written) -> None:
    written.environment |= {"OPENAI_API_KEY": "theirs", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    assert written.language_server().completion.key == "theirs"
    written.environment["PAIR_LS_COMPLETION_KEY"] = "ours"
    assert written.language_server().completion.key == "ours"


def test_every_kind_of_value_is_read_from_text(written: Written) -> None:
    written.environment |= {"PAIR_LS_LOG_SQL": "yes", "PAIR_LS_LOG_FORMAT": "json", "PAIR_LS_DATA_DIR": "~/rooms"}
    written.environment |= {"PAIR_LS_COMPLETION_MINIMUM_CONFIDENCE": " 0.5 "}
    settings = written.hub()
    assert settings.log_sql
    assert settings.log_format is LogFormat.JSON
    assert settings.data_dir == Path.home() / "rooms"
    assert settings.completion.minimum_confidence == 0.5


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("PAIR_LS_PROT", "PAIR_LS_PROT is not a setting of pair-ls. Did you mean PAIR_LS_PORT?"),
        ("PAIR_LS_HUBURL", "PAIR_LS_HUBURL is not a setting of pair-ls. Did you mean PAIR_LS_HUB_URL?"),
        ("PAIR_LS_ÜBER", "PAIR_LS_ÜBER is not a setting of pair-ls. Did you mean PAIR_LS_PORT?"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(written: Written, name: str, sentence: str) -> None:
    written.environment[name] = "1"
    with pytest.raises(SettingsError) as refused:
        written.hub()
    assert refused.value.message == sentence
    assert written.language_server().complaints == (sentence,)


def test_unknown_names_in_files_are_refused_too(written: Written) -> None:
    written.env("PAIR_LS_PROT=1")
    with pytest.raises(SettingsError, match="Did you mean PAIR_LS_PORT"):
        written.hub()
    written.env("")
    written.toml("[hub]\nprot = 1\n")
    with pytest.raises(SettingsError, match=r"hub\.prot is not a setting of pair-ls\. Did you mean hub\.port\?"):
        written.hub()


def test_names_of_the_tests_and_of_the_config_file_are_no_settings(written: Written) -> None:
    written.environment |= {"PAIR_LS_TEST_DATABASE_URL": "x", "PAIR_LS_CONFIG": "y"}
    assert problems(written.sources()) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PAIR_LS_PORT", "eight", "PAIR_LS_PORT must be a whole number, not 'eight'."),
        ("PAIR_LS_PORT", "-1", "PAIR_LS_PORT must be at least 0, not '-1'."),
        ("PAIR_LS_ACCESS", "all", "PAIR_LS_ACCESS must be one of open, invite, not 'all'."),
        ("PAIR_LS_LOG_SQL", "perhaps", "PAIR_LS_LOG_SQL must be true or false, not 'perhaps'."),
    ],
)
def test_a_malformed_value_is_named_with_what_was_expected(
    written: Written, name: str, value: str, sentence: str
) -> None:
    written.environment[name] = value
    with pytest.raises(SettingsError) as refused:
        written.hub()
    assert refused.value.message == sentence
    assert sentence in problems(written.sources())


@pytest.mark.parametrize("value", ["true", '"8000"', "8.5", "[1]"])
def test_a_toml_value_of_the_wrong_kind(written: Written, value: str) -> None:
    written.toml(f"[hub]\nport = {value}\n")
    if value == '"8000"':
        assert written.hub().port == 8000
        return
    with pytest.raises(SettingsError, match=r"hub\.port in config\.toml must be a whole number"):
        written.hub()


def test_a_file_that_is_no_toml(written: Written) -> None:
    written.toml("[hub")
    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        written.hub()
    assert "cannot be read as TOML" in written.language_server().complaints[0]


def test_a_named_env_file_must_be_there(written: Written) -> None:
    written.env_file = written.folder / "absent"
    with pytest.raises(SettingsError, match=r"--env-file .*absent cannot be read"):
        written.hub()


def test_the_language_server_takes_defaults_for_what_is_wrong(written: Written) -> None:
    written.environment |= {"PAIR_LS_LOG_LEVEL": "loud", "PAIR_LS_NAME": "Grace"}
    settings = written.language_server()
    assert (settings.name, settings.name_is_chosen) == ("Grace", True)
    assert settings.complaints == ("PAIR_LS_LOG_LEVEL must be one of debug, info, warning, error, not 'loud'.",)


def test_secrets_are_in_no_representation_and_in_no_message(written: Written) -> None:
    for setting in settings_of(HubSettings):
        if setting.is_secret:
            written.environment[setting.environment_name] = "hunter2"
    assert sum(setting.is_secret for setting in settings_of(HubSettings)) >= 3
    assert "hunter2" not in repr(written.hub())
    assert "hunter2" not in repr(written.language_server())


def test_access_is_open_by_default_on_the_loopback_only(written: Written) -> None:
    found = {}
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost", "0.0.0.0", "::", "192.168.1.5", "example.org"):
        written.environment["PAIR_LS_HOST"] = host
        found[host] = written.hub().access_in_force
    assert [host for host, access in found.items() if access is Access.OPEN] == [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "localhost",
    ]
    written.environment["PAIR_LS_ACCESS"] = "open"
    assert written.hub().access_in_force is Access.OPEN
