"""The test command: static checks, the whole suite, the node projects, and a table that hides nothing."""

import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from development import editors, locks, vscode
from development.closing_table import Outcome, Row, closing_table
from development.extension_package import package_extension
from development.node_projects import PROJECTS, NodeProject, build, install
from development.paths import CACHE, PYTHON, ROOT, SCRIPTS
from development.processes import StepFailed, Word, environment, must_run, run, say
from development.test_report import Report, read_report

CONCISE = ("--output-format", "concise")
CHECKS: tuple[tuple[str, tuple[Word, ...]], ...] = (
    ("ruff check", (SCRIPTS / "ruff", "check", "--quiet", *CONCISE, ".")),
    ("ruff format", (SCRIPTS / "ruff", "format", "--check", "--quiet", *CONCISE, ".")),
    ("mypy", (SCRIPTS / "mypy", "--no-error-summary")),
    ("import-linter", (SCRIPTS / "lint-imports", "--cache-dir", CACHE / "import-linter")),
)
# What the two runners of node tests print at their end: `# pass 12` (TAP), `ℹ pass 12` (spec).
NODE_COUNT = re.compile(r"^(?:#|ℹ) (pass|fail|skipped) (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tests:
    """What one runner ran."""

    rows: tuple[Row, ...]
    passed: int
    failed: int
    not_tested: int


def check() -> int:
    """Static checks alone, with a table."""
    rows = checks()
    say(closing_table(rows))
    return 1 if any(row.outcome is Outcome.FAILED for row in rows) else 0


def test(arguments: Sequence[str]) -> int:
    """Everything; the last line counts tests, and each failed check as one."""
    started = time.monotonic()
    check_rows = checks()
    prepared = prepare_for_tests()
    suites = [pytest(arguments), *(node_tests(project) for project in PROJECTS if tests_of(project))]
    rows = [*check_rows, *prepared, *(row for suite in suites for row in suite.rows)]
    say(closing_table(rows))
    failed_steps = sum(row.outcome is Outcome.FAILED for row in [*check_rows, *prepared])
    passed = sum(suite.passed for suite in suites)
    failed = sum(suite.failed for suite in suites) + failed_steps
    not_tested = sum(suite.not_tested for suite in suites)
    seconds = time.monotonic() - started
    print(f"{passed} passed, {failed} failed, {not_tested} not tested in {seconds:.0f} s", flush=True)
    return 1 if failed else 0


def checks() -> list[Row]:
    """Each says nothing unless it finds something."""
    rows = [run_check(name, command) for name, command in CHECKS]
    places = locks.named_places()
    for line in places:
        say(line)
    return [*rows, Row("lock files name no place", Outcome.FAILED if places else Outcome.PASSED, "")]


def run_check(name: str, command: Sequence[Word]) -> Row:
    """Quiet when it passes; its words when not."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return Row(name, Outcome.PASSED, "")
    say(f"--- {name}\n{done.stdout}{done.stderr}".rstrip())
    return Row(name, Outcome.FAILED, f"exit code {done.returncode}")


def prepare_for_tests() -> list[Row]:
    """Node packages and builds, and the quickest real editor; where that cannot be had, its tests say so."""
    rows: list[Row] = []
    for project in PROJECTS:
        if project.exists:
            rows += attempt(project)
    try:
        editors.install_quickest()
    except StepFailed as failure:
        say(str(failure))
    return rows + package_for_vscode()


def package_for_vscode() -> list[Row]:
    """The tests in a real VS Code, where one is installed, install the extension as users do: from its package."""
    if not vscode.is_installed():
        return []
    try:
        package_extension()
    except StepFailed as failure:
        say(str(failure))
        return [Row("the VS Code extension is packaged", Outcome.FAILED, str(failure).splitlines()[0])]
    return []


def attempt(project: NodeProject) -> list[Row]:
    """Install, build, and check its types where it has any. Installing alone is no row: what uses it shows that."""
    try:
        install(project)
        build(project)
        if project.has_script("check"):
            must_run(["npm", "run", "--silent", "check"], folder=project.folder)
            return [Row(f"types of the {project.name}", Outcome.PASSED, "")]
    except StepFailed as failure:
        say(str(failure))
        return [Row(f"the {project.name} is made", Outcome.FAILED, str(failure).splitlines()[0])]
    return []


def pytest(arguments: Sequence[str]) -> Tests:
    """The whole suite on two cores, or what the arguments choose."""
    file = CACHE / "pytest.xml"
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    workers = ["-n", "2", "--dist", "worksteal"]
    report_to = ["-o", "junit_family=xunit1", f"--junitxml={file}"]
    code = run([PYTHON, "-m", "pytest", *workers, *report_to, *(arguments or ["-q"])])
    report = read_report(file) if file.exists() else Report(passed=0, failed=0, not_tested={})
    failed = report.failed or (1 if code != 0 else 0)
    rows = [Row("pytest", Outcome.FAILED if failed else Outcome.PASSED, f"{report.passed} passed, {failed} failed")]
    rows += [Row(what, Outcome.MEASURED, figures) for what, figures in report.measured]
    for reason, count in report.not_tested.items():
        rows.append(Row(f"{count} test{'s' if count > 1 else ''}", Outcome.NOT_TESTED, reason))
    return Tests(tuple(rows), report.passed, failed, sum(report.not_tested.values()))


def tests_of(project: NodeProject) -> bool:
    return project.exists and project.has_script("test")


def node_tests(project: NodeProject) -> Tests:
    """`npm test`, its output passed on, its counts read from it."""
    say(f"--- tests of the {project.name}")
    done = subprocess.run(
        ["npm", "test"],
        cwd=project.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    say(done.stdout.rstrip())
    counts = dict.fromkeys(("pass", "fail", "skipped"), 0)
    for word, number in NODE_COUNT.findall(done.stdout):
        counts[word] += int(number)
    failed = counts["fail"] or (1 if done.returncode != 0 else 0)
    outcome = Outcome.FAILED if failed else Outcome.PASSED
    rows = [Row(f"tests of the {project.name}", outcome, f"{counts['pass']} passed, {failed} failed")]
    if counts["skipped"]:
        rows.append(Row(f"{counts['skipped']} node tests", Outcome.NOT_TESTED, f"skipped by the {project.name}"))
    return Tests(tuple(rows), counts["pass"], failed, counts["skipped"])
