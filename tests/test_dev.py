"""dev.py and what it calls, without installing anything."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from development import commands, editors, node_projects, python_environment, verification
from development.closing_table import Outcome, Row, closing_table
from development.node_projects import NodeProject
from development.processes import StepFailed
from development.test_report import read_report

ROOT = Path(__file__).resolve().parent.parent


def test_an_old_python_gets_one_clear_line() -> None:
    source = (ROOT / "dev.py").read_text()
    ast.parse(source, feature_version=(3, 4))
    old = "import sys; sys.version_info = (3, 10, 2); sys.version = '3.10.2 (x)'"
    pretend = f"{old}; exec(compile({source!r}, 'dev.py', 'exec'))"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "pair_ls needs Python 3.11 or newer, and this is Python 3.10.2.\n"


def test_the_development_folder_needs_the_standard_library_only() -> None:
    names = {
        name.split(".")[0]
        for file in (ROOT / "development").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in imported(node)
    }
    assert names - set(sys.stdlib_module_names) == {"development"}


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []


def test_an_unknown_command_is_told_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["rum"]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert "There is no command `rum`." in written.err
    assert all(name in written.err for name in commands.COMMANDS)


def test_a_failed_step_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: object) -> int:
        raise StepFailed("The network é😀 is away.")

    monkeypatch.setitem(commands.COMMANDS, "run", fail)
    assert commands.main(["run"]) == 1
    assert capsys.readouterr() == ("", "The network é😀 is away.\n")


def test_a_second_start_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = tmp_path / "stamp"
    monkeypatch.setattr(python_environment, "STAMP", stamp)
    monkeypatch.setattr(python_environment, "install", lambda lock: pytest.fail("it installs again"))
    stamp.write_text(python_environment.fingerprint("run"))
    python_environment.prepare("run")
    stamp.write_text(python_environment.fingerprint("test"))
    python_environment.prepare("run")
    python_environment.prepare("test")


def test_a_changed_lock_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(python_environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(python_environment, "works", lambda python: True)
    monkeypatch.setattr(python_environment, "install", lambda lock: installed.append(lock.name))
    python_environment.STAMP.write_text("of another lock")
    python_environment.prepare("run")
    python_environment.prepare("run")
    python_environment.prepare("test")
    assert installed == ["run.lock", "test.lock"]


@pytest.mark.parametrize("wanted", ["run", "test"])
def test_tools_of_the_tests_stay_when_the_hub_is_run_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(python_environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(python_environment, "works", lambda python: True)
    monkeypatch.setattr(python_environment, "install", lambda lock: installed.append(lock.name))
    python_environment.STAMP.write_text("test of-an-older-pyproject")
    python_environment.prepare(wanted)
    python_environment.prepare("run")
    python_environment.prepare("test")
    assert installed == ["test.lock"]


def test_an_installation_that_failed_is_begun_again_with_the_same_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []

    def fail(lock: Path) -> None:
        installed.append(lock.name)
        raise StepFailed("The network is away.")

    monkeypatch.setattr(python_environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(python_environment, "works", lambda python: True)
    monkeypatch.setattr(python_environment, "install", fail)
    python_environment.STAMP.write_text("test of-an-older-pyproject")
    for _ in range(2):
        with pytest.raises(StepFailed):
            python_environment.prepare("run")
    assert installed == ["test.lock", "test.lock"]


def test_one_package_is_cut_out_of_a_lock_with_its_hashes(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text("uv==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nuvicorn==2 \\\n    --hash=sha256:cc\n")
    assert python_environment.block(lock, ["uv"]) == "uv==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


def test_the_closing_table_hides_nothing() -> None:
    rows = [
        Row("mypy", Outcome.FAILED, "exit code 1"),
        Row("3 tests", Outcome.NOT_TESTED, "emacs-30: not installed"),
        Row("ruff", Outcome.PASSED, ""),
    ]
    table = [
        "  PASSED      ruff",
        "  NOT TESTED  3 tests  emacs-30: not installed",
        "  FAILED      mypy     exit code 1",
    ]
    assert closing_table(rows).splitlines() == ["", *table]


def test_a_report_counts_and_groups_what_was_skipped(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def broken(): raise OSError\n"
        "def test_good(record_property): record_property('measured: é', 'p95 3 ms')\n"
        "def test_bad(): assert 0\n"
        "def test_error(broken): pass\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_skipped(n): pytest.skip('Emacs é: not here')\n"
        "@pytest.mark.xfail\n"
        "def test_known(): assert 0\n"
    )
    options = ["-p", "no:cacheprovider", "-o", "junit_family=xunit1", f"--junitxml={tmp_path / 'x.xml'}"]
    command = [sys.executable, "-m", "pytest", "-q", *options, "."]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    report = read_report(tmp_path / "x.xml")
    assert (report.passed, report.failed, dict(report.not_tested)) == (2, 2, {"Emacs é: not here": 2})
    assert list(report.measured) == [("é", "p95 3 ms")]


@pytest.mark.parametrize("end", ["# pass 12\n# fail 1\n# skipped 2\n", "ℹ pass 12\nℹ fail 1\nℹ skipped 2\n"])
def test_both_runners_of_node_tests_are_counted(end: str) -> None:
    assert verification.NODE_COUNT.findall(end) == [("pass", "12"), ("fail", "1"), ("skipped", "2")]


def test_a_build_is_repeated_when_an_input_changed_and_only_then(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "é.ts").write_text("1")
    before = node_projects.fingerprint(tmp_path)
    for made in ("node_modules", "dist"):
        (tmp_path / made).mkdir()
        (tmp_path / made / "x").write_text("made")
    assert node_projects.fingerprint(tmp_path) == before
    (tmp_path / "src" / "é.ts").write_text("2")
    assert node_projects.fingerprint(tmp_path) != before


def test_a_folder_that_is_not_there_is_skipped(tmp_path: Path) -> None:
    node_projects.build(NodeProject("nothing", tmp_path / "absent"))


def test_the_mirror_is_the_one_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = "jammy http://other.invalid/\nbookworm cdrom://x/\nbookworm http://mirror.invalid/debian/\n"
    monkeypatch.setattr(editors, "KEYRING", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(editors, "must_run", lambda command: answer)
    assert editors.debian_mirror() == "http://mirror.invalid/debian/"
    monkeypatch.setattr(editors, "must_run", lambda command: "jammy http://other.invalid/\n")
    with pytest.raises(StepFailed, match="name no Debian archive"):
        editors.debian_mirror()


def test_without_apt_editors_say_why_they_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(StepFailed, match="has no apt"):
        editors.debian_mirror()


def test_the_wheel_holds_the_package_and_the_built_page_only(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"pair_ls/cli.py", "pair_ls/py.typed"} <= set(names)
    assert [name for name in names if "node_modules" in name or name.endswith((".ts", ".mjs", "package.json"))] == []
    if (node_projects.PAGE.folder / "dist" / "index.html").exists():
        assert "pair_ls/hub/page/dist/index.html" in names
