"""Real editors for the end-to-end tests, from the machine's own Debian mirror, below .cache/editors.

The packages and all they need are downloaded with apt into folders of ours (an empty package status, so nothing counts
as installed) and unpacked there; a small wrapper starts the program with the libraries it came with. No system file is
touched, no lock of the machine's apt is needed. The mirror is the one of the machine's own apt sources.
"""

import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from development.paths import CACHE
from development.processes import StepFailed, Word, must_run, say

EDITORS = CACHE / "editors"
LOADER = "ld-linux-x86-64.so.2"
LIBRARIES = "x86_64-linux-gnu"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEBIAN_RELEASES = {"bullseye", "bookworm", "trixie", "forky", "sid", "oldstable", "stable", "testing", "unstable"}

NEOVIM = """#!/bin/sh
# Neovim from an unpacked Debian package, with the C library it came with.
R={folder}
export VIMRUNTIME="${{VIMRUNTIME:-$R/usr/share/nvim/runtime}}"
export LUA_PATH="$R/usr/share/lua/5.1/?.lua;$R/usr/share/lua/5.1/?/init.lua;;"
export LUA_CPATH="$R/usr/lib/{libraries}/lua/5.1/?.so;;"
exec "$R/usr/lib64/{loader}" --library-path "$R/usr/lib/{libraries}" "$R/usr/bin/nvim" "$@"
"""
HELIX = """#!/bin/sh
# Helix from an unpacked Debian package, with the C library it came with.
R={folder}
export HELIX_RUNTIME="${{HELIX_RUNTIME:-$R/usr/lib/hx/runtime}}"
exec "$R/usr/lib64/{loader}" --library-path "$R/usr/lib/{libraries}" "$R/usr/lib/hx/hx" "$@"
"""
EMACS = """#!/bin/sh
# Emacs from an unpacked Debian package: its version is in every path, so it is looked up here.
R={folder}
V=$(ls "$R/usr/share/emacs" | grep -E '^[0-9]+[.]' | head -n 1)
E="$R/usr/share/emacs/$V"
export EMACSDATA="$E/etc" EMACSDOC="$E/etc" EMACSPATH="$R/usr/libexec/emacs/$V/{libraries}"
export EMACSLOADPATH="$E/lisp:$(cd "$E/lisp" && find . -type d ! -name obsolete -printf "$E/lisp/%P:")"
export LD_LIBRARY_PATH="$R/usr/lib/{libraries}:$R/lib/{libraries}:$R/usr/lib/{libraries}/libgccjit"
exec "$R/usr/bin/emacs-nox" --dump-file="$(ls "$EMACSPATH"/*.pdmp)" "$@"
"""


@dataclass(frozen=True, slots=True)
class Editor:
    """`suites` of Debian; `packages` as apt names them; `wrapper` starts it; `version` is what it must say it is."""

    name: str
    suites: tuple[str, ...]
    packages: tuple[str, ...]
    wrapper: str
    version: str

    @property
    def program(self) -> Path:
        return EDITORS / "bin" / self.name


BACKPORTS = ("bookworm", "bookworm-backports")
EMACS_PACKAGES = tuple(
    f"{name}/bookworm-backports" for name in ("emacs-nox", "emacs-common", "emacs-bin-common", "emacs-el")
)
KNOWN = (
    Editor("neovim-0.10", ("trixie",), ("neovim",), NEOVIM, "NVIM v0.10"),
    Editor("neovim-0.12", ("forky",), ("neovim",), NEOVIM, "NVIM v0.12"),
    Editor("helix-25.01", ("trixie",), ("hx",), HELIX, "25.01"),
    Editor("helix-25.07", ("forky",), ("hx",), HELIX, "25.07"),
    Editor("emacs-30", BACKPORTS, EMACS_PACKAGES, EMACS, "GNU Emacs 30"),
)


def install_editors(names: Sequence[str]) -> int:
    """All, or those that are named; what does not work is told, and the others go on."""
    unknown = set(names) - {editor.name for editor in KNOWN}
    if unknown:
        say(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(editor.name for editor in KNOWN)}")
        return 2
    return max([install_and_tell(editor) for editor in KNOWN if not names or editor.name in names])


def install_and_tell(editor: Editor) -> int:
    """0 when it is there afterwards."""
    try:
        install(editor)
    except StepFailed as failure:
        say(f"{editor.name}: not installed. {failure}")
        return 1
    print(f"{editor.name}: {editor.program}", flush=True)
    return 0


def install_quickest() -> None:
    """The first of the list takes a few seconds; the test command does not go without it where it can be had."""
    install(KNOWN[0])


def install(editor: Editor) -> None:
    """Nothing when it is there already; all or nothing otherwise."""
    if editor.program.exists():
        return
    mirror = debian_mirror()
    folder = EDITORS / editor.name
    say(f"Installing {editor.name} below {EDITORS} ...")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in download(editor, mirror):
        must_run(["dpkg-deb", "-x", package, folder])
    shutil.rmtree(workshop(editor))
    write_wrapper(editor, folder)


def debian_mirror() -> str:
    """The address that this machine's apt has for Debian's main archive; asked for, not written down."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise StepFailed("Editors come as Debian packages, and this machine has no apt.")
    if not KEYRING.exists():
        raise StepFailed(f"Debian's archive key is not here ({KEYRING}), so packages could not be checked.")
    targets = must_run(["apt-get", "indextargets", "--no-release-info", "--format", "$(RELEASE) $(REPO_URI)"])
    for line in targets.splitlines():
        release, _, address = line.partition(" ")
        if release in DEBIAN_RELEASES and address.startswith("http"):
            return address
    raise StepFailed("This machine's apt sources name no Debian archive.")


def workshop(editor: Editor) -> Path:
    """Where apt keeps its state and downloads while we install."""
    return EDITORS / f"{editor.name}.apt"


def download(editor: Editor, mirror: str) -> list[Path]:
    """The packages with everything they depend on."""
    place = workshop(editor)
    shutil.rmtree(place, ignore_errors=True)
    for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
        (place / folder).mkdir(parents=True)
    (place / "state" / "status").touch()
    sources = "".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in editor.suites)
    (place / "etc" / "sources.list").write_text(sources)
    apt = ["apt-get", *options(place)]
    must_run([*apt, "update", "-qq"])
    must_run([*apt, "install", "-y", "--download-only", "-qq", *editor.packages])
    return sorted((place / "cache" / "archives").glob("*.deb"))


def options(place: Path) -> list[Word]:
    """apt with folders, sources and package status of our own."""
    settings = {
        "Dir::State": place / "state",
        "Dir::State::status": place / "state" / "status",
        "Dir::Cache": place / "cache",
        "Dir::Etc::sourcelist": place / "etc" / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": our_name(),
        "Debug::NoLocking": "1",
        "Acquire::Languages": "none",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def our_name() -> str:
    """apt's own download user may not write below a folder of ours."""
    return must_run(["id", "-un"]).strip()


def write_wrapper(editor: Editor, folder: Path) -> None:
    """Written under another name first: a wrapper that exists is one that was seen to start."""
    editor.program.parent.mkdir(exist_ok=True)
    draft = editor.program.with_suffix(".draft")
    draft.write_text(editor.wrapper.format(folder=folder, libraries=LIBRARIES, loader=LOADER))
    draft.chmod(draft.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    done = subprocess.run([str(draft), "--version"], capture_output=True, text=True, check=False)
    if editor.version not in done.stdout:
        raise StepFailed(f"it does not start as {editor.version}: {(done.stdout + done.stderr)[:300]}")
    draft.rename(editor.program)
