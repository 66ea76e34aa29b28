"""`pair-ls doctor`: looks at everything that can be wrong and says it in sentences. Changes nothing."""

import asyncio
import enum
import importlib.metadata
import importlib.util
import json
import platform
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import pair_ls
from pair_ls.configuration import Sources, problems, read_hub_settings, read_language_server_settings
from pair_ls.errors import PairError, SettingsError
from pair_ls.settings import DEFAULT_HUB_URL, HubSettings, is_loopback

if TYPE_CHECKING:
    from pair_ls.storage.database import Database

TIMEOUT_SECONDS = 5
PACKAGES = ("pycrdt", "pygls", "websockets")
HUB_PACKAGES = ("fastapi", "uvicorn", "sqlalchemy")
EDITORS = {"nvim": "Neovim", "hx": "Helix", "emacs": "Emacs", "code": "VS Code", "vim": "Vim", "kak": "Kakoune"}


class Verdict(enum.Enum):
    """How it is; only a problem makes the exit code 1."""

    GOOD = "good"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    verdict: Verdict
    sentence: str


def examine(sources: Sources, *, as_json: bool) -> int:
    """Print what was found; 1 when something is wrong, else 0."""
    findings = [finding for check in CHECKS for finding in check(sources)]
    if as_json:
        entries = [{"subject": one.subject, "verdict": one.verdict.value, "sentence": one.sentence} for one in findings]
        print(json.dumps({"version": pair_ls.__version__, "findings": entries}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(f"{one.verdict.value:8} {one.subject:10} {one.sentence}" for one in findings))
    return 1 if any(one.verdict is Verdict.PROBLEM for one in findings) else 0


def python(sources: Sources) -> Iterator[Finding]:
    """The interpreter and what of ours is installed in it."""
    versions = [f"{name} {version}" for name in PACKAGES if (version := installed_version(name))]
    yield Finding("python", Verdict.GOOD, f"Python {platform.python_version()} at {sys.executable}, on {sys.platform}.")
    yield Finding("packages", Verdict.GOOD, f"pair-ls {pair_ls.__version__} with {', '.join(versions)}.")
    missing = [name for name in HUB_PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        hint = "Install it with: pip install 'pair-ls[hub]'"
        yield Finding(
            "packages", Verdict.NOTE, f"This installation cannot run a hub ({', '.join(missing)} missing). {hint}"
        )


def installed_version(name: str) -> str | None:
    """None where it runs from a bundle without metadata, or is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def configuration(sources: Sources) -> Iterator[Finding]:
    """Every source of settings, and what is wrong in it."""
    found = problems(sources)
    for sentence in found:
        yield Finding("settings", Verdict.PROBLEM, sentence)
    there = "is read" if sources.config_file.exists() else "is not there; defaults hold"
    if not found:
        yield Finding("settings", Verdict.GOOD, f"No unknown or malformed setting. {sources.config_file} {there}.")


def completion(sources: Sources) -> Iterator[Finding]:
    """Whether anything is sent to an endpoint."""
    settings = read_language_server_settings(sources).completion
    if settings.base_url is None and settings.key is None:
        yield Finding(
            "completion", Verdict.GOOD, "Offline: no endpoint and no key are set, nothing leaves this machine."
        )
    elif importlib.util.find_spec("openai") is None:
        hint = "Install it with: pip install 'pair-ls[ai]'"
        yield Finding("completion", Verdict.PROBLEM, f"An endpoint is set, but the package openai is missing. {hint}")
    else:
        yield Finding("completion", Verdict.GOOD, f"Asks {settings.base_url or 'the default endpoint of openai'}.")


def hub(sources: Sources) -> Iterator[Finding]:
    """Whether the hub answers, by HTTP and by websocket."""
    configured = read_language_server_settings(sources).hub_url
    url = (configured or DEFAULT_HUB_URL).rstrip("/")
    if urlsplit(url).scheme not in ("http", "https"):
        yield Finding("hub", Verdict.PROBLEM, f"The hub's address must begin with http:// or https://, not {url}.")
        return
    refusal = http_refusal(url)
    if refusal is None:
        yield Finding("hub", Verdict.GOOD, f"The hub at {url} answers.")
        yield from hub_trouble(url)
        yield websocket(url)
    elif configured is None:
        sentence = f"No hub is configured and none runs at {url}; `pair-ls share` starts one there."
        yield Finding("hub", Verdict.NOTE, sentence)
    else:
        hint = "Is it started (`pair-ls hub`), and is the address right?"
        yield Finding("hub", Verdict.PROBLEM, f"The hub at {url} does not answer: {refusal}. {hint}")


def hub_trouble(url: str) -> Iterator[Finding]:
    """What the hub itself says that it cannot do now: its database, its disk, its own pace."""
    try:
        with opener(url).open(f"{url}/readyz", timeout=TIMEOUT_SECONDS) as response:
            said = json.load(response)
    except urllib.error.HTTPError as error:
        said = _json_of(error)
    except (OSError, ValueError) as error:
        said = {"trouble": [f"It does not say whether it is ready: {error}."]}
    for sentence in said.get("trouble", ()) if isinstance(said, dict) else ():
        yield Finding("hub", Verdict.PROBLEM, str(sentence))


def _json_of(error: urllib.error.HTTPError) -> Any:
    """Whatever came; any shape."""
    try:
        return json.loads(error.read())
    except ValueError:
        return None


def room(sources: Sources) -> Iterator[Finding]:
    """The room that this folder takes part in: is it there, may we, is it open?"""
    from pair_ls.language_server import hub_api
    from pair_ls.language_server.joined_folder import JoinedFolder

    try:
        folder = JoinedFolder.containing(Path.cwd())
        if folder is None:
            return
        found = hub_api.ask(folder.address, "GET", "")
    except PairError as error:
        yield Finding("room", Verdict.PROBLEM, f"The room of this folder cannot be entered: {error.message}")
        return
    if found.get("closedAt"):
        hint = "An owner opens it again with `pair-ls rooms reopen`."
        yield Finding("room", Verdict.PROBLEM, f"The room of {folder.path} was closed by an owner. {hint}")
    else:
        here = f"{found['participants']} are connected, you are its {found['role']}"
        yield Finding("room", Verdict.GOOD, f"The room of {folder.path} is there: {here}.")


def http_refusal(url: str) -> str | None:
    """None when GET /healthz answers 200, else why not."""
    try:
        with opener(url).open(f"{url}/healthz", timeout=TIMEOUT_SECONDS) as response:
            return None if response.status == 200 else f"it says {response.status}"
    except urllib.error.HTTPError as error:
        return f"it says {error.code} {error.reason}; something else may be listening there"
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, ValueError) as error:
        return str(error)


def opener(url: str) -> urllib.request.OpenerDirector:
    """The loopback is never asked through a proxy."""
    proxies: dict[str, str] | None = {} if is_loopback(urlsplit(url).hostname or "") else None
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies))


def websocket(url: str) -> Finding:
    """A handshake for a room that cannot be: what comes back shows whether websockets get through at all."""
    from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
    from websockets.sync.client import connect

    proxy: Literal[True] | None = None if is_loopback(urlsplit(url).hostname or "") else True
    address = "ws" + url.removeprefix("http") + "/ws/doctor"
    try:
        with connect(address, open_timeout=TIMEOUT_SECONDS, close_timeout=TIMEOUT_SECONDS, proxy=proxy):
            pass
    except InvalidStatus as error:
        code = error.response.status_code
        if code in (401, 403, 404):
            return Finding("websocket", Verdict.GOOD, "Websockets reach the hub.")
        hint = "A proxy in between must pass on `Upgrade: websocket`."
        return Finding("websocket", Verdict.PROBLEM, f"The websocket handshake is answered with {code}. {hint}")
    except (OSError, InvalidHandshake, WebSocketException) as error:
        return Finding("websocket", Verdict.PROBLEM, f"No websocket to {url}: {error}.")
    return Finding("websocket", Verdict.GOOD, "Websockets reach the hub.")


def own_hub(sources: Sources) -> Iterator[Finding]:
    """What a hub started here would meet: its port, its folder, its database."""
    if any(importlib.util.find_spec(name) is None for name in HUB_PACKAGES):
        return
    try:
        settings = read_hub_settings(sources)
    except SettingsError:
        return  # told by `configuration`
    yield port(settings)
    yield database(settings)


def port(settings: HubSettings) -> Finding:
    """Free, or taken by a hub, or taken by something else."""
    url = f"http://{settings.host}:{settings.port}"
    try:
        with socket.create_server((settings.host, settings.port)):
            return Finding("port", Verdict.GOOD, f"Port {settings.port} of {settings.host} is free for a hub.")
    except OSError as error:
        if http_refusal(url) is None:
            return Finding("port", Verdict.GOOD, f"A hub runs on port {settings.port} of {settings.host}.")
        hint = "Choose another with --port."
        return Finding("port", Verdict.NOTE, f"A hub cannot listen on {settings.host}:{settings.port}: {error}. {hint}")


def database(settings: HubSettings) -> Finding:
    """One small query; a SQLite file that is not there yet is made when the hub starts."""
    from pair_ls.storage.database import Database

    try:
        target = Database(settings.database)
        if target.is_sqlite and settings.database_url is None and not settings.data_dir.exists():
            return Finding("database", Verdict.GOOD, f"SQLite in {settings.data_dir}, made when the hub first starts.")
        asyncio.run(ask(target))
    except PairError as error:
        return Finding("database", Verdict.PROBLEM, error.message)
    return Finding("database", Verdict.GOOD, f"The database answers ({target.address}).")


async def ask(target: "Database") -> None:
    """One query and good-bye."""
    try:
        await target.read(lambda connection: connection.exec_driver_sql("SELECT 1").close())
    finally:
        await target.close()


def editors(sources: Sources) -> Iterator[Finding]:
    """Which of the editors that can start a language server are on PATH."""
    found = [name for program, name in EDITORS.items() if shutil.which(program)]
    if found:
        yield Finding("editors", Verdict.GOOD, f"Found {', '.join(found)}; how to set each up: docs/editors.md.")
    else:
        yield Finding("editors", Verdict.NOTE, "No editor found on PATH; any with a language client will do.")


CHECKS: tuple[Callable[[Sources], Iterator[Finding]], ...] = (
    python,
    configuration,
    completion,
    hub,
    room,
    own_hub,
    editors,
)
