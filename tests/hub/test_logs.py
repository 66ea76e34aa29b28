"""What the hub's log tells of a fault: where and what kind; never what somebody wrote."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from pair_ls.errors import NotAllowed, places
from pair_ls.hub import logs
from pair_ls.settings import HubSettings, LogFormat

SECRET = "é😀 what somebody wrote"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is the process's: put it back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def fail(text: str) -> None:
    """With the text in a local, in the message, and in what it came from."""
    held = {"text": text}
    try:
        held[f"key {text}"]
    except KeyError as error:
        raise ValueError(f"not a number: {text}") from error


def log_a_fault() -> None:
    try:
        fail(SECRET)
    except ValueError as error:
        structlog.get_logger("pair_ls.hub.test").exception("a room failed", room="r1")
        logging.getLogger("somebody.else").error("failed", exc_info=error)
        logs.unhandled(None, {"message": "a task failed", "exception": error, "future": SECRET})  # type: ignore[arg-type]  # unused


@pytest.mark.parametrize("form", LogFormat)
def test_an_exception_is_told_by_kind_and_place_only(
    form: LogFormat, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(HubSettings(data_dir=tmp_path, log_format=form))
    log_a_fault()
    told = capsys.readouterr().err
    assert SECRET not in told
    assert "wrote" not in told
    assert told.count("builtins.KeyError") == told.count("builtins.ValueError") == 3
    assert told.count("in fail") >= 6
    assert "r1" in told
    if form is LogFormat.JSON:
        lines = [json.loads(line) for line in told.splitlines()]
        assert [line["event"] for line in lines] == ["a room failed", "failed", "a task failed"]
        assert all(line["level"] == "error" for line in lines)


def test_our_own_errors_are_told_with_their_code() -> None:
    group = ExceptionGroup("é", [NotAllowed(SECRET, code="removed")])
    assert list(places(group)) == ["builtins.ExceptionGroup", "pair_ls.errors.NotAllowed [removed]"]
