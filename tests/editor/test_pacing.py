"""When the next edit may go to an editor."""

from pair_ls.editor.pacing import Pacing


def test_however_often_an_editor_refuses_it_is_asked_again_within_ten_minutes() -> None:
    pacing = Pacing()
    pacing.shared_changed()
    for number in range(3000):
        pacing.sent(float(number))
        pacing.refused(float(number), is_overtaken=False)
        pacing.editor_changed(float(number))
    pacing.editor_changed(10_000.0)  # somebody who never pauses
    assert 3000.0 < pacing.send_at(3000.0) <= 10_000.25
    pacing.sent(10_000.0)
    for second in range(700):
        pacing.editor_changed(10_000.0 + second)
    assert pacing.send_at(10_700.0) <= 10_700.0
