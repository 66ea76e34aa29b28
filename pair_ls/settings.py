"""What can be set, as values: frozen dataclasses, one field and one sentence each. Pure; `configuration` fills them.

Flag, environment name and TOML key follow from the field: `HubSettings.limits.message_bytes` is
`--limits-message-bytes`, `PAIR_LS_LIMITS_MESSAGE_BYTES`, and `message_bytes` in the table `[hub.limits]`.
Whoever needs a setting adds a field here, and nothing else.
"""

import dataclasses
import enum
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_HUB_URL = "http://127.0.0.1:8000"


class Access(enum.Enum):
    """Who may enter a room."""

    OPEN = "open"  # anyone who knows its id may edit
    INVITE = "invite"  # only with a token


class LogFormat(enum.Enum):
    """How a line of the log is written."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(enum.Enum):
    """The least important line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


# The result is what `dataclasses.field` gives, whose declared type is that of its default: hence Any.
def setting(
    default: Any,
    sentence: str,
    *,
    secret: bool = False,
    hidden: bool = False,
    least: float | None = None,
    also: str | None = None,
) -> Any:
    """A field that can be set. Secret: never printed. Hidden: no flag, which `ps` would show. Also: another name."""
    metadata = {"sentence": sentence, "secret": secret, "hidden": hidden, "least": least, "also": also}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata, repr=not secret)
    return dataclasses.field(default=default, metadata=metadata, repr=not secret)


class CompletionApi(enum.Enum):
    """How the model is spoken to."""

    AUTO = "auto"  # by the model's name
    FIM = "fim"  # fill-in-the-middle marks in the prompt
    SUFFIX = "suffix"  # prompt and suffix apart
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class CompletionSettings:
    """Which engine completes, and how much is asked of it. Without base URL or key nothing leaves the machine."""

    base_url: str | None = setting(
        None, "OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1", also="OPENAI_BASE_URL"
    )
    model: str | None = setting(None, "model to ask; without it the endpoint's first one")
    key: str | None = setting(None, "API key of the endpoint", secret=True, hidden=True, also="OPENAI_API_KEY")
    api: CompletionApi = setting(CompletionApi.AUTO, "how the model is spoken to: auto, fim, suffix or chat")
    minimum_confidence: float = setting(0.35, "least confidence (0 to 1) at which ghost text is shown", least=0)
    offline_confidence: float = setting(0.6, "the same for ghost text of the offline model", least=0)
    delay_seconds: float = setting(0.1, "pause in typing before the endpoint is asked", least=0)
    wait_seconds: float = setting(0.6, "how long ghost text waits for the endpoint if there is an offline one", least=0)
    timeout_seconds: float = setting(8.0, "longest wait for the endpoint", least=0.1)
    learn_folder: bool = setting(True, "learn from the files of the open folder too, not only from open documents")
    prompt_tokens: int = setting(2048, "most tokens of context that are sent", least=128)
    requests_per_minute: int = setting(60, "most requests to the endpoint in a minute", least=0)
    requests_per_day: int = setting(5000, "most requests to the endpoint in a day", least=0)


@dataclass(frozen=True, slots=True)
class HubLimits:
    """What one participant, room or address may take from the hub. Too much is refused with a code."""

    message_bytes: int = setting(16 << 20, "largest websocket message", least=1024)
    room_documents: int = setting(10_000, "most documents in a room", least=1)
    room_bytes: int = setting(256 << 20, "most bytes stored for the documents of a room that are in use", least=1024)
    room_participants: int = setting(500, "most connections in a room", least=1)
    connections_per_address: int = setting(1000, "most connections from one address", least=1)
    updates_per_second: int = setting(2000, "updates a second from one connection", least=1)
    bytes_per_second: int = setting(8 << 20, "bytes a second from one connection", least=1024)
    awareness_bytes: int = setting(4096, "largest awareness state", least=128)
    rooms_per_hour: int = setting(600, "rooms made in an hour from one address", least=1)
    refusals_per_minute: int = setting(
        1000, "requests and handshakes without a right, in a minute from one address", least=1
    )
    completions_per_minute: int = setting(120, "completions asked in a minute from one address", least=0)


@dataclass(frozen=True, slots=True)
class HubSettings:
    """Everything `pair-ls hub` can be told."""

    data_dir: Path = setting(dataclasses.MISSING, "folder of the hub's own files: database, signing key")
    host: str = setting("127.0.0.1", "address to listen on; 0.0.0.0 for all")
    port: int = setting(8000, "TCP port to listen on; 0 for any free one", least=0)
    database_url: str | None = setting(
        None, "postgresql+psycopg://... or sqlite:///...; default: SQLite in the data folder", secret=True
    )
    public_url: str | None = setting(
        None, "address under which others reach this hub, for invite links; default: host and port"
    )
    access: Access | None = setting(
        None, "open: who knows a room's id may edit; invite: only with a token. Default: open on loopback, else invite"
    )
    signing_key: str | None = setting(
        None, "key that signs invites; default: made once, in the data folder", secret=True, hidden=True
    )
    token_jwks_url: str | None = setting(None, "key set of an outside issuer whose tokens are accepted too")
    token_issuer: str | None = setting(None, "issuer that such tokens must name")
    token_audience: str = setting("pair-ls", "audience that such tokens must name")
    max_document_bytes: int = setting(10_000_000, "largest text that is shared, in UTF-8 bytes", least=1)
    history_days: int = setting(0, "days for which the history of documents is kept; 0: for ever", least=0)
    log_format: LogFormat = setting(LogFormat.CONSOLE, "console or json")
    log_level: LogLevel = setting(LogLevel.INFO, "debug, info, warning or error")
    log_sql: bool = setting(False, "log each SQL statement (without its values)")
    limits: HubLimits = HubLimits()
    completion: CompletionSettings = CompletionSettings()

    @property
    def database(self) -> str:
        """SQLAlchemy's URL of the database in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'hub.sqlite3'}"

    @property
    def access_in_force(self) -> Access:
        """Open by default only where nobody from outside comes."""
        return self.access or (Access.OPEN if is_loopback(self.host) else Access.INVITE)


@dataclass(frozen=True, slots=True)
class LanguageServerSettings:
    """All that `pair-ls lsp`, `share`, `join` and `status` can be told. `complaints` is for the user to see."""

    hub_url: str | None = setting(
        None, f"hub to share on; default: {DEFAULT_HUB_URL}, started when nothing answers there"
    )
    name: str = setting("anonymous", "your name as others see it; default: as git or this machine knows you")
    color: str | None = setting(None, "your colour as others see it, such as #e06c75; default: from your name")
    max_document_bytes: int = setting(10_000_000, "largest text that is shared, in UTF-8 bytes", least=1)
    log_file: Path | None = setting(None, "file for the log; default: stderr")
    log_level: LogLevel = setting(LogLevel.INFO, "debug, info, warning or error")
    completion: CompletionSettings = CompletionSettings()
    name_is_chosen: bool = False  # somebody set it; else it is what git or the machine calls the user
    complaints: tuple[str, ...] = ()


def is_loopback(host: str) -> bool:
    """Is this a name or number that only this machine can reach?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
