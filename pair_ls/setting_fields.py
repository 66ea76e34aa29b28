"""A setting as a thing of its own, seen in the dataclasses of `settings`: its names, its kind, how it is read."""

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pair_ls.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Setting:
    """One field that can be set, found by looking at the dataclass."""

    path: tuple[str, ...]
    kind: type
    sentence: str
    default: object
    is_secret: bool
    is_hidden: bool
    least: float | None
    also: str | None

    @property
    def flag(self) -> str:
        """`--limits-message-bytes`"""
        return "--" + "-".join(self.path).replace("_", "-")

    @property
    def environment_name(self) -> str:
        """`PAIR_LS_LIMITS_MESSAGE_BYTES`"""
        return "PAIR_LS_" + "_".join(self.path).upper()

    @property
    def key(self) -> str:
        """`limits.message_bytes`"""
        return ".".join(self.path)


@functools.cache
def settings_of(dataclass_type: type) -> tuple[Setting, ...]:
    """All settings of a dataclass and of the dataclasses in it, in the order in which they are written."""
    hints = typing.get_type_hints(dataclass_type)
    found: list[Setting] = []
    for field in dataclasses.fields(dataclass_type):
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind):
            inner = settings_of(typing.cast(type, kind))
            found += [dataclasses.replace(one, path=(field.name, *one.path)) for one in inner]
        elif "sentence" in field.metadata:
            found.append(described(field, kind))
    return tuple(found)


# A field of any type: `dataclasses.Field` is generic in it.
def described(field: dataclasses.Field[Any], hint: object) -> Setting:
    """`X | None` is a setting of kind X: what is absent cannot be written."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType]
    meta = field.metadata
    return Setting(
        path=(field.name,),
        kind=typing.cast(type, kinds[0] if kinds else hint),
        sentence=meta["sentence"],
        default=field.default,
        is_secret=meta["secret"],
        is_hidden=meta["hidden"],
        least=meta["least"],
        also=meta["also"],
    )


def parse(setting: Setting, written: object, *, where: str) -> object:
    """The value of one setting, from text or from a TOML value. SettingsError names the place and what was expected."""
    try:
        value = converted(setting.kind, written)
    except (ValueError, TypeError, KeyError):
        raise SettingsError(f"{where} must be {expected(setting.kind)}{shown(setting, written)}.") from None
    if setting.least is not None and isinstance(value, int | float) and value < setting.least:
        raise SettingsError(f"{where} must be at least {setting.least:g}{shown(setting, written)}.")
    return value


YES_AND_NO = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def converted(kind: type, written: object) -> object:
    """ValueError, KeyError or TypeError where `written` is not of this kind."""
    if kind is bool:
        return YES_AND_NO[str(written).lower()]
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise TypeError(written)
    if kind is Path:
        return Path(str(written)).expanduser()
    if kind is int and isinstance(written, float):
        raise ValueError(written)
    return kind(written.strip() if isinstance(written, str) else written)


def expected(kind: type) -> str:
    """In words, for a message."""
    if issubclass(kind, enum.Enum):
        return "one of " + ", ".join(str(member.value) for member in kind)
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "text")


def shown(setting: Setting, written: object) -> str:
    """What was written instead, unless it is a secret."""
    return "" if setting.is_secret else f", not {written!r}"


def filled(dataclass_type: type, values: Mapping[tuple[str, ...], object]) -> Any:
    """An instance with these parsed values, by path; defaults for the rest. Its type is the one given, hence Any."""
    inner: dict[str, dict[tuple[str, ...], object]] = {}
    chosen: dict[str, object] = {}
    for path, value in values.items():
        if len(path) == 1:
            chosen[path[0]] = value
        else:
            inner.setdefault(path[0], {})[path[1:]] = value
    hints = typing.get_type_hints(dataclass_type)
    return dataclass_type(**chosen, **{name: filled(hints[name], some) for name, some in inner.items()})
