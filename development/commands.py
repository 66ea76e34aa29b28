"""The commands of `dev.py`: a name, a function, one line of help each."""

from collections.abc import Callable, Sequence

from development import locks, verification, vscode
from development.editors import install_editors
from development.extension_package import package_extension
from development.node_projects import PAGE, STOCK_CLIENTS, build, install
from development.paths import PYTHON, ROOT, SCRIPTS
from development.processes import StepFailed, become, run, say
from development.python_environment import prepare

Arguments = Sequence[str]


def run_hub(arguments: Arguments) -> int:
    """Set up, build the guest page, and start the hub; all further arguments are those of `pair-ls hub`."""
    prepare("run")
    build(PAGE)
    return become([SCRIPTS / "pair-ls", "hub", *arguments])


def test(arguments: Arguments) -> int:
    """Check and run every test there is; arguments go to pytest. Ends with a table of what was not tested.

    `--vscode` installs a real VS Code first (some minutes, once); where one is, the tests in it are part of the suite.
    """
    prepare("test")
    if "--vscode" in arguments and vscode.install_and_tell() != 0:
        return 1
    return verification.test([argument for argument in arguments if argument != "--vscode"])


def check(arguments: Arguments) -> int:
    """ruff, mypy, import-linter, and the lock files: the quick part of `test`."""
    prepare("test")
    return verification.check()


def lock(arguments: Arguments) -> int:
    """Write requirements/*.lock anew; `--upgrade` takes newer versions."""
    prepare("test")
    locks.lock(arguments)
    return 0


def build_wheel(arguments: Arguments) -> int:
    """The guest page and the wheel around it, below dist/."""
    prepare("run")
    build(PAGE)
    return run([PYTHON, "-m", "hatchling", "build", "-t", "wheel", *arguments])


def build_vsix(arguments: Arguments) -> int:
    """The VS Code extension with the server in it, for every platform, below vscode-extension/dist/."""
    prepare("run")
    package = package_extension()
    print(f"{package.relative_to(ROOT)}: {package.stat().st_size / 1e6:.1f} MB")
    return 0


def bench(arguments: Arguments) -> int:
    """Measure: `bench NAME [ARGUMENTS]`; without a name, what there is."""
    prepare("test")
    if not arguments:
        names = sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py"))
        print("Benchmarks: " + ", ".join(names))
        return 0
    name, *rest = arguments
    return run([PYTHON, "-m", f"bench.{name}", *rest])


def simulate(arguments: Arguments) -> int:
    """Rooms, replicas and editors under shuffled delivery: `simulate --seeds N`."""
    prepare("test")
    return run([PYTHON, "-m", "tests.simulation", *arguments])


def chaos(arguments: Arguments) -> int:
    """Kill hub and database at random moments, for a long time, and look for lost updates."""
    prepare("test")
    return run([PYTHON, "-m", "tests.chaos", *arguments])


def editors(arguments: Arguments) -> int:
    """Install real editors below .cache, for end-to-end tests; names choose (`vscode` too); `--runs N` tests."""
    if any(word.startswith("-") for word in arguments):
        prepare("test")
        return run([PYTHON, "-m", "tests.end_to_end.real_editors", *arguments])
    names = [name for name in arguments if name != "vscode"]
    code = vscode.install_and_tell() if "vscode" in arguments else 0
    return max(code, install_editors(names)) if names or not arguments else code


def screenshots(arguments: Arguments) -> int:
    """Make docs/images anew: VS Code, Neovim and a browser in one room (installs VS Code once, some minutes)."""
    prepare("test")
    if max(vscode.install_and_tell(), install_editors(["neovim-0.12"])) != 0:
        return 1
    install(STOCK_CLIENTS)
    build(PAGE)
    package_extension()
    folder = ROOT / "docs" / "images"
    tests = ROOT / "tests" / "end_to_end" / "vscode" / "test_session.py"
    code = run([PYTHON, "-m", "pytest", "-q", tests], extra={"PAIR_LS_SCREENSHOTS": str(folder)})
    for picture in sorted(folder.glob("*.png")):
        say(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")
    return code


COMMANDS: dict[str, Callable[[Arguments], int]] = {
    "run": run_hub,
    "test": test,
    "check": check,
    "lock": lock,
    "build": build_wheel,
    "vsix": build_vsix,
    "bench": bench,
    "simulate": simulate,
    "chaos": chaos,
    "editors": editors,
    "screenshots": screenshots,
}


def usage() -> str:
    lines = (f"  {name:13}{(command.__doc__ or '').splitlines()[0]}" for name, command in COMMANDS.items())
    return "python3 dev.py COMMAND [ARGUMENTS]\n\n" + "\n".join(lines)


def main(arguments: Arguments) -> int:
    """Exit code 2 for a command that does not exist, 1 for a step that failed, else the command's own."""
    if not arguments or arguments[0] in ("-h", "--help"):
        say(usage())
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in COMMANDS:
        say(f"There is no command `{name}`.\n\n{usage()}")
        return 2
    try:
        return COMMANDS[name](rest)
    except StepFailed as failure:
        say(str(failure))
        return 1
