"""What `pair-ls status` reads."""

import os
from pathlib import Path

from pair_ls.language_server.folder.report import Report


def test_report_comes_back_and_knows_whether_it_is_still_true(tmp_path: Path) -> None:
    (tmp_path / ".pair-ls").mkdir()
    assert Report.load(tmp_path) is None
    report = Report(os.getpid(), 3, {"é.png": "It is binary."})
    report.save(tmp_path)
    assert Report.load(tmp_path) == report
    assert report.is_of_running_process
    assert not Report(2**22 + 1, 0, {}).is_of_running_process
    (tmp_path / ".pair-ls" / "status.json").write_text("[]")
    assert Report.load(tmp_path) is None
