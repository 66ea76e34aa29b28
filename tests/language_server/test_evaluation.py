"""`pair-ls eval`, from the command line."""

from pathlib import Path

import pytest

from pair_ls.cli import main

CODE = "def compute(price, amount):\n    total = price * amount\n    return total\n\n" * 6


def test_figures_are_printed_for_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        (tmp_path / f"file{number}.py").write_text(CODE)
    (tmp_path / ".gitignore").write_text("file2.py\n")
    assert main(["eval", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 files, ")
    assert "Next name, one character typed" in said


@pytest.mark.parametrize("name", ["", "missing"])
def test_nothing_to_measure_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["eval", str(tmp_path / name)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
