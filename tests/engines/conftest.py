"""What the tests of the engines share."""

import importlib

import pytest


@pytest.fixture(scope="session", autouse=True)
def openai_is_loaded() -> None:
    """The engine loads the library with its first question; here the first test must not pay for it."""
    importlib.import_module("openai")
