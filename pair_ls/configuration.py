"""Where settings come from: flags > PAIR_LS_* environment > --env-file (hub only) > TOML > default.

The whole table of flags, names and keys follows from the dataclasses in `settings`. A name that is unknown or malformed
is an error at the hub, which guesses nothing; the language server takes the default and tells the user.
"""

import difflib
import functools
import tomllib
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pair_ls.errors import SettingsError
from pair_ls.setting_fields import Setting, filled, parse, settings_of
from pair_ls.settings import HubSettings, LanguageServerSettings

PREFIX = "PAIR_LS_"
# Names that are not settings: where the TOML file is, and what the project's own tests understand.
OTHER_NAMES = ("PAIR_LS_CONFIG",)
TEST_PREFIX = "PAIR_LS_TEST_"
# Tables of the TOML file; what hub and language server share has one of its own.
TABLES: dict[type, str] = {HubSettings: "hub", LanguageServerSettings: "lsp"}
SHARED_TABLE = "completion"


@dataclass(frozen=True, slots=True)
class Sources:
    """What there is to read: flags by `Setting.flag`, the environment, the files, and what this machine suggests."""

    flags: Mapping[str, str]
    environment: Mapping[str, str]
    config_file: Path
    data_dir: Path
    user_name: Callable[[], str]
    env_file: Path | None = None


Complain = Callable[[SettingsError], None]


def read_hub_settings(sources: Sources) -> HubSettings:
    """Raises SettingsError, which names the key, at the first setting that is unknown or malformed."""
    values = collected(HubSettings, "hub", sources, raised)
    return typing.cast(HubSettings, filled(HubSettings, {("data_dir",): sources.data_dir, **values}))


def read_language_server_settings(sources: Sources) -> LanguageServerSettings:
    """Always settings one can work with; what was wrong in the sources stands in their `complaints`."""
    complaints: list[str] = []
    values = collected(LanguageServerSettings, "lsp", sources, lambda error: complaints.append(error.message))
    values[("name_is_chosen",)] = ("name",) in values
    if ("name",) not in values:
        values[("name",)] = sources.user_name()
    return typing.cast(
        LanguageServerSettings, filled(LanguageServerSettings, {**values, ("complaints",): tuple(complaints)})
    )


def problems(sources: Sources) -> list[str]:
    """Everything wrong in any source, a sentence each, for `pair-ls doctor`."""
    found: list[str] = []
    for dataclass_type, table in TABLES.items():
        collected(dataclass_type, table, sources, lambda error: found.append(error.message))
    return list(dict.fromkeys(found))


def raised(error: SettingsError) -> None:
    raise error


def collected(dataclass_type: type, table: str, sources: Sources, complain: Complain) -> dict[tuple[str, ...], object]:
    """The values that some source gives, parsed; the first source that has a setting wins."""
    document = guarded(lambda: read_toml(sources.config_file), complain) or {}
    env_file = guarded(lambda: read_env_file(sources.env_file), complain) or {}
    for error in [*unknown_names(sources.environment), *unknown_names(env_file), *unknown_keys(document)]:
        complain(error)
    values: dict[tuple[str, ...], object] = {}
    for setting in settings_of(dataclass_type):
        found = next(candidates(setting, table, sources, env_file, document), None)
        if found is None:
            continue
        where, written = found
        value = guarded(functools.partial(parse, setting, written, where=where), complain)
        if value is not None:
            values[setting.path] = value
    return values


Result = typing.TypeVar("Result")


def guarded(read: Callable[[], Result], complain: Complain) -> Result | None:
    """What `read` gives; where it refuses, a complaint and None."""
    try:
        return read()
    except SettingsError as error:
        complain(error)
        return None


def candidates(
    setting: Setting, table: str, sources: Sources, env_file: Mapping[str, str], document: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """Where this setting is written, strongest first: (name for a message, what is written). Empty names are absent."""
    if setting.flag in sources.flags:
        yield setting.flag, sources.flags[setting.flag]
    for environment in (sources.environment, env_file):
        for name in (setting.environment_name, setting.also):
            if name is not None and environment.get(name):
                yield name, environment[name]
    key = toml_key(setting, table)
    if key in document:
        yield f"{key} in {sources.config_file.name}", document[key]


def toml_key(setting: Setting, table: str) -> str:
    """`hub.port`; what hub and language server share has a table of its own: `completion.model`."""
    return setting.key if setting.path[0] == SHARED_TABLE else f"{table}.{setting.key}"


def unknown_names(environment: Mapping[str, str]) -> list[SettingsError]:
    """Names that start like ours and are none: a typing error must not pass for a setting."""
    known = {setting.environment_name for kind in TABLES for setting in settings_of(kind)} | set(OTHER_NAMES)
    ours = (name for name in environment if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX))
    return [unknown(name, known) for name in ours if name not in known]


def unknown_keys(document: Mapping[str, object]) -> list[SettingsError]:
    known = {toml_key(setting, table) for kind, table in TABLES.items() for setting in settings_of(kind)}
    return [unknown(key, known) for key in document if key not in known]


def unknown(name: str, known: Iterable[str]) -> SettingsError:
    """With the nearest known name."""
    (nearest,) = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0)
    return SettingsError(f"{name} is not a setting of pair-ls. Did you mean {nearest}?")


def read_toml(file: Path) -> dict[str, object]:
    """Flat: dotted key -> value. A file that is not there says nothing."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as TOML: {error}.") from error
    return dict(flattened(document, ""))


def flattened(table: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def read_env_file(file: Path | None) -> dict[str, str]:
    """NAME=VALUE lines, `#` comments, quotes around a value, an `export` before a name."""
    if file is None:
        return {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--env-file {file} cannot be read: {error}.") from error
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {name.strip(): unquoted(value.strip()) for name, equals, value in pairs if equals}


def unquoted(value: str) -> str:
    is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value
