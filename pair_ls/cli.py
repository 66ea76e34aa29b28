"""The door: `pair-ls hub | lsp | share | join | ...`. Settings enter here, once; each command imports its shell lazily.

Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage or setting, 3 hub not reachable, 130
interrupted.
"""

import argparse
import contextlib
import dataclasses
import enum
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pair_ls
from pair_ls import room_cli
from pair_ls.configuration import Sources, read_hub_settings, read_language_server_settings
from pair_ls.errors import HubUnreachable, PairError, SettingsError
from pair_ls.setting_fields import Setting, settings_of
from pair_ls.settings import HubSettings, LanguageServerSettings

if TYPE_CHECKING:
    from pair_ls.language_server.folder.one_shot import Outcome, Terminal

EPILOG = (
    "Every setting is a flag, an environment name (--log-level is PAIR_LS_LOG_LEVEL) and a key of config.toml; the"
    " first that is given wins. Secrets have no flag: other users of the machine could read it."
)
# Beside the flag that follows from the name of the field.
OTHER_FLAGS = {"--hub-url": ("--hub",)}
FAILED, USAGE, UNREACHABLE, INTERRUPTED = 1, 2, 3, 130
METAVARS = {int: "N", float: "X", Path: "PATH"}
STATUS_CODES = {"connected": 0, "offline": UNREACHABLE}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    chosen = parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except KeyboardInterrupt:
        return INTERRUPTED
    except PairError as error:
        print(f"pair-ls: {error.message}", file=sys.stderr)
        return exit_code(error)
    return code


def exit_code(error: PairError) -> int:
    """For scripts: what kind of failure it was."""
    match error:
        case SettingsError():
            return USAGE
        case HubUnreachable():
            return UNREACHABLE
        case _:
            return FAILED


def run_hub(chosen: argparse.Namespace) -> int:
    """Serve rooms until stopped."""
    settings = read_hub_settings(sources(chosen))
    with hub_packages():
        from pair_ls import hub
    if chosen.reload:
        return hub.serve_reloading([word for word in sys.argv[1:] if word != "--reload"])
    return hub.serve(settings)


def run_backup(chosen: argparse.Namespace) -> int:
    """Write the hub's database into a file, whether the hub runs or not."""
    settings = read_hub_settings(sources(chosen))
    with hub_packages():
        from pair_ls.storage.backup import back_up
    rows = back_up(settings.database, chosen.file)
    print(
        f"{chosen.file} holds all {rows} rows. Keep the key that signs links beside it"
        f" ({settings.data_dir / 'signing.key'}, or what you set as signing key): without it, links that were given out"
        " are worth nothing.",
        file=sys.stderr,
    )
    return 0


def run_bring_back(chosen: argparse.Namespace) -> int:
    """Fill an empty database from such a file."""
    settings = read_hub_settings(sources(chosen))
    with hub_packages():
        from pair_ls.storage.backup import bring_back
    rows = bring_back(settings.database, chosen.file)
    print(f"All {rows} rows of {chosen.file} are in the database.", file=sys.stderr)
    return 0


def run_list_rooms(chosen: argparse.Namespace) -> int:
    """What rooms the hub's database has, whether the hub runs or not."""
    settings = read_hub_settings(sources(chosen))
    with hub_packages():
        from pair_ls.storage.listing import list_rooms
    found = list_rooms(settings.database)
    if chosen.json:
        listed = [
            {
                "roomId": each.room_id,
                "name": each.name,
                "createdAt": each.created_at,
                "updatedAt": each.updated_at,
                "closedAt": each.closed_at,
                "documents": each.documents,
            }
            for each in found
        ]
        print(json.dumps(listed, indent=2, ensure_ascii=False))
        return 0
    for each in found:
        state = "closed" if each.closed_at else ""
        written = room_cli.moment(each.updated_at)
        print("  ".join(filter(None, (each.room_id, written, f"{each.documents} documents", state, each.name))))
    return 0


@contextlib.contextmanager
def hub_packages() -> Iterator[None]:
    """Says how to install them where they are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("pair_ls"):
            raise
        raise SettingsError(
            f"The hub needs the package {error.name}. Install it with: pip install 'pair-ls[hub]'"
        ) from error


def run_language_server(chosen: argparse.Namespace) -> int:
    """Speak LSP on stdin and stdout. A wrong setting keeps no editor from starting: the server tells the user."""
    from pair_ls import language_server

    return language_server.serve(lambda: read_language_server_settings(sources(chosen)))


def run_share(chosen: argparse.Namespace) -> int:
    """Make a room for a folder and print how to come in."""
    from pair_ls.language_server import joining

    settings = strict_settings(chosen)
    joined = joining.share(chosen.directory, settings, shares_all=chosen.all)
    print(joined.summary)
    if chosen.all:
        folder_in_step(joining.bring_in_step(joined.folder, settings, terminal(), allowed=()))
    return 0


def run_join(chosen: argparse.Namespace) -> int:
    """Remember a room in a folder; an editor opened there joins by itself."""
    from pair_ls.editor.join_policy import OnConflict
    from pair_ls.language_server import joining

    settings = strict_settings(chosen)
    joined = joining.join(chosen.link, chosen.directory, settings, on_conflict=OnConflict(chosen.on_conflict))
    print(joined.summary)
    try:
        folder_in_step(joining.bring_in_step(joined.folder, settings, terminal(), allowed=chosen.allow))
    except HubUnreachable as error:
        print(f"pair-ls: {error.message} The files come when an editor is opened here.", file=sys.stderr)
    return 0


def terminal() -> "Terminal":
    """How to talk to the person: on stderr, with questions and progress only where somebody sits."""
    from pair_ls.language_server.folder.one_shot import Terminal

    is_person = sys.stdin.isatty() and sys.stderr.isatty()

    def say(message: str) -> None:
        print(message, file=sys.stderr)

    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done} of {total} files", end="\n" if done >= total else "", file=sys.stderr, flush=True)

    def ask(message: str, choices: Sequence[str]) -> str | None:
        numbered = ", ".join(f"{number}: {choice}" for number, choice in enumerate(choices, 1))
        print(f"{message}\n{numbered}; anything else: decide later. ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline().strip()
        return choices[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(choices) else None

    return Terminal(say, progress, ask if is_person else None)


def folder_in_step(outcome: "Outcome") -> None:
    """What became of the files."""
    if outcome.is_busy:
        print("An editor has this folder open and keeps its files in step.")
        return
    print(f"{outcome.documents} files are in step with the room.")
    for path, reason in sorted(outcome.waiting.items()):
        print(f"  not in step: {path}: {reason}", file=sys.stderr)


def run_status(chosen: argparse.Namespace) -> int:
    """Say which room a folder is in, who is there and what waits."""
    from pair_ls.language_server import joining

    known = joining.status(chosen.directory, strict_settings(chosen))
    print(json.dumps(known, indent=2, ensure_ascii=False) if chosen.json else known["summary"])
    return STATUS_CODES.get(known["state"], FAILED)


def run_doctor(chosen: argparse.Namespace) -> int:
    """Look at everything that can be wrong."""
    from pair_ls import doctor

    return doctor.examine(sources(chosen), as_json=chosen.json)


def run_eval(chosen: argparse.Namespace) -> int:
    """Measure the offline completion on the code of a folder."""
    from pair_ls.language_server.evaluation import evaluate_folder

    def progress(message: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{message} ", end="", file=sys.stderr, flush=True)

    print(evaluate_folder(chosen.directory, progress))
    return 0


def strict_settings(chosen: argparse.Namespace) -> LanguageServerSettings:
    """For commands of a terminal: a setting that is unknown or malformed is an error there, as at the hub."""
    settings = read_language_server_settings(sources(chosen))
    if settings.complaints:
        raise SettingsError(" ".join(settings.complaints))
    return settings


def sources(chosen: argparse.Namespace) -> Sources:
    """What this call of the command can read its settings from."""
    import platformdirs

    flags = {name: value for name, value in vars(chosen).items() if name.startswith("--") and value is not None}
    named = os.environ.get("PAIR_LS_CONFIG")
    return Sources(
        flags=flags,
        environment=os.environ,
        config_file=Path(named) if named else platformdirs.user_config_path("pair-ls") / "config.toml",
        data_dir=platformdirs.user_data_path("pair-ls"),
        user_name=user_name,
        env_file=getattr(chosen, "env_file", None),
    )


def user_name() -> str:
    """As git knows the user, else as the machine does."""
    import getpass

    try:
        command = ["git", "config", "--get", "user.name"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    try:
        return said or getpass.getuser()
    except (OSError, KeyError):
        return "anonymous"


def parser() -> argparse.ArgumentParser:
    """The whole command line; every setting of a command is a flag of it."""
    door = argparse.ArgumentParser(prog="pair-ls", description=pair_ls.__doc__, allow_abbrev=False)
    door.add_argument("-V", "--version", action="version", version=f"pair-ls {pair_ls.__version__}")
    commands = door.add_subparsers(title="commands", metavar="COMMAND", required=True)

    hub = command(commands, "hub", run_hub, "serve rooms: websocket, REST and the guest page on one port")
    hub.add_argument("--env-file", type=Path, metavar="FILE", help="read PAIR_LS_* names from this file too")
    hub.add_argument("--reload", action="store_true", help="start anew when pair-ls's own code changes, to develop it")
    add_settings(hub, HubSettings)
    of_hub = hub.add_subparsers(title="commands", metavar="COMMAND")
    for name, run, sentence in (
        ("backup", run_backup, "write the hub's database into a file, while the hub runs or not"),
        ("restore", run_bring_back, "fill an empty database from such a file"),
    ):
        added = command(of_hub, name, run, sentence)
        added.argument_default = argparse.SUPPRESS  # a setting that was given before COMMAND counts too
        added.add_argument("file", type=Path, metavar="FILE", help="the backup")
        add_settings(added, HubSettings)
    listed = command(of_hub, "rooms", run_list_rooms, "list the rooms in the hub's database, while it runs or not")
    listed.argument_default = argparse.SUPPRESS  # likewise
    listed.add_argument("--json", action="store_true", default=False, help="for programs")
    add_settings(listed, HubSettings)

    server = command(commands, "lsp", run_language_server, "speak LSP on stdin and stdout; an editor starts this")
    server.add_argument("--stdio", action="store_true", help="the only way there is; editors may say so")
    server.add_argument(
        "--clientProcessId", type=int, metavar="N", help="accepted; `initialize` carries the same number"
    )
    add_settings(server, LanguageServerSettings)

    share = command(
        commands, "share", run_share, "make a room for a folder; prints the link and the line for the others"
    )
    add_directory(share)
    share.add_argument("--all", action="store_true", help="share all files of the folder, not only those you open")
    add_settings(share, LanguageServerSettings)

    join = command(commands, "join", run_join, "enter the room of a link with a folder")
    join.add_argument("link", metavar="LINK", help="the link you were sent")
    add_directory(join)
    join.add_argument(
        "--on-conflict",
        choices=["ask", "room", "mine", "merge"],
        default="ask",
        help="where a file and the room differ: whose text both have then (default: ask); yours is backed up first",
    )
    join.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="PATTERN",
        help="files such as .vscode/* that make git, editors or build tools run programs may be written; repeatable",
    )
    add_settings(join, LanguageServerSettings)

    status = command(commands, "status", run_status, "say which room a folder is in, who is there and what waits")
    add_directory(status)
    status.add_argument("--json", action="store_true", help="for programs")
    add_settings(status, LanguageServerSettings)

    doctor = command(commands, "doctor", run_doctor, "look for what is wrong and say it in sentences")
    doctor.add_argument("--json", action="store_true", help="for programs")
    add_settings(doctor, LanguageServerSettings)

    evaluation = command(commands, "eval", run_eval, "measure how well the offline completion does on a folder's code")
    add_directory(evaluation)
    room_cli.add_commands(commands, command)
    return door


# The annotation is text: `add_subparsers` gives an object of a class that argparse keeps to itself.
def command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    sentence: str,
) -> argparse.ArgumentParser:
    """One command of the door."""
    added = commands.add_parser(name, help=sentence, description=sentence, epilog=EPILOG, allow_abbrev=False)
    added.set_defaults(run=run)
    return added


def add_directory(added: argparse.ArgumentParser) -> None:
    """The folder a command is about; the current one by default."""
    added.add_argument(
        "directory", type=Path, nargs="?", default=Path(), metavar="DIR", help="folder; default: this one"
    )


def add_settings(added: argparse.ArgumentParser, dataclass_type: type) -> None:
    """A flag for each setting. Values stay text here: they are parsed with those of the other sources."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for setting in settings_of(dataclass_type):
        if setting.is_hidden:
            continue
        group = (
            added
            if len(setting.path) == 1
            else groups.setdefault(setting.path[0], added.add_argument_group(setting.path[0]))
        )
        names = [setting.flag, *OTHER_FLAGS.get(setting.flag, ())]
        help_text = described(setting)
        if setting.kind is not bool:
            group.add_argument(*names, dest=setting.flag, metavar=metavar(setting), help=help_text)
        elif setting.default is True:
            no = setting.flag.replace("--", "--no-", 1)
            group.add_argument(no, dest=setting.flag, action="store_const", const="false", help=f"do not {help_text}")
        else:
            group.add_argument(*names, dest=setting.flag, action="store_const", const="true", help=help_text)


def metavar(setting: Setting) -> str:
    """What stands for the value in a help text."""
    if issubclass(setting.kind, enum.Enum):
        return "|".join(str(member.value) for member in setting.kind)
    return METAVARS.get(setting.kind, "TEXT")


def described(setting: Setting) -> str:
    """The sentence, with the default where it says something."""
    default = setting.default.value if isinstance(setting.default, enum.Enum) else setting.default
    shown = (
        ""
        if default in (None, False, True, dataclasses.MISSING) or "default:" in setting.sentence
        else f" (default: {default})"
    )
    return (setting.sentence + shown).replace("%", "%%")
