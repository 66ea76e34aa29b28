"""What must be true of the files of the checkout themselves."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from development import locks
from pair_ls.setting_fields import settings_of
from pair_ls.settings import HubSettings, LanguageServerSettings

ROOT = Path(__file__).resolve().parent.parent
# Written in pieces: this file, too, must name none of them.
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted",
    "registry.npm" + "js",
    "npm" + "js.",
    "deb." + "debian",
    "yarn" + "pkg",
)
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def tracked_files() -> list[Path]:
    """What git knows, or would take up."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("files of the checkout: this copy has no git history, so which files are part of it is not known")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def locked(name: str) -> dict[str, str]:
    """Package -> version of a lock file."""
    return dict(REQUIREMENT.findall((ROOT / "requirements" / f"{name}.lock").read_text()))


def test_no_file_names_a_package_registry() -> None:
    named = [
        f"{file.relative_to(ROOT)}: {registry}"
        for file in tracked_files()
        for registry in REGISTRIES
        if registry.encode() in file.read_bytes()
    ]
    assert named == []


def test_lock_files_name_no_place() -> None:
    assert locks.named_places() == []


def test_the_test_environment_runs_what_users_run() -> None:
    run, test = locked("run"), locked("test")
    assert {name: test.get(name) for name in run} == run


def test_every_requirement_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["project"]["dependencies"], *(line for name in extras if name != "all" for line in extras[name])]
    names = [
        re.split(r"[\[<>=!~; ]", line)[0].lower() for line in [*wanted, *project["dependency-groups"]["bootstrap"]]
    ]
    assert [name for name in names if name not in locked("run")] == []
    groups = [re.split(r"[\[<>=!~; ]", line)[0].lower() for line in project["dependency-groups"]["test"]]
    assert [name for name in groups if name not in locked("test")] == []


def test_every_locked_package_has_hashes() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        entries = [entry for entry in re.split(r"\n(?=\S)", text) if "==" in entry]
        assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == [], lock.name


def test_imports_keep_to_their_floors() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_ci_runs_the_command_of_the_readme_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["exec python3 dev.py test"]
    assert "python3 dev.py test" in (ROOT / "README.md").read_text()


def test_every_setting_has_an_effect() -> None:
    """Each is read below the door; two are read through a property of the settings themselves."""
    door = {"settings.py", "setting_fields.py", "configuration.py", "cli.py", "doctor.py"}
    files = [file for file in tracked_files() if file.parts[len(ROOT.parts)] == "pair_ls" and file.suffix == ".py"]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files if file.name not in door)
    settings = {*settings_of(HubSettings), *settings_of(LanguageServerSettings)}
    unread = {one.key for one in settings if not re.search(rf"\.{one.path[-1]}\b", code)}
    assert unread == {"database_url", "access"}
    assert "settings.database" in code
    assert "settings.access_in_force" in code


def test_no_code_leaves_work_for_later() -> None:
    marks = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
    code = [
        file
        for file in tracked_files()
        if file.suffix in (".py", ".ts", ".lua", ".mjs", ".js") and file != Path(__file__)
    ]
    assert [str(file.relative_to(ROOT)) for file in code if marks.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", ["neovim-0.11.lua", "emacs.el", "helix.toml"])
def test_the_readme_shows_the_snippets_that_are_tested(name: str) -> None:
    lines = (ROOT / "editors" / "snippets" / name).read_text().splitlines()
    shown = "\n".join(line for line in lines if not line.startswith(("--", ";;", "#")))
    assert shown in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("words", ["  index url", "  extra index url", " i", "  find links"])
@pytest.mark.parametrize("between", [" ", "="])
def test_a_lock_that_tells_where_packages_come_from_is_noticed(words: str, between: str, tmp_path: Path) -> None:
    _assert_is_noticed(words.replace(" ", "-") + between + "//place", tmp_path)


def test_a_lock_that_names_a_repository_for_a_package_is_noticed(tmp_path: Path) -> None:
    _assert_is_noticed("a @ " + "git ssh".replace(" ", "+") + "://place", tmp_path)


def _assert_is_noticed(line: str, tmp_path: Path) -> None:
    """The line is put together by the tests: no file names a place."""
    lock = tmp_path / "run.lock"
    lock.write_text(f"a==1.0 \\\n    --hash=sha256:00\n{line}\n")
    assert locks.offending(lock) == [line]
