"""When a document's log is worth a checkpoint, and that one which would lie is not asked for again and again."""

from pair_ls.hub.document_log import CHECKPOINT_UPDATES, DocumentLog
from pair_ls.storage import StoredDocument


def written(count: int) -> DocumentLog:
    document_log = DocumentLog(StoredDocument())
    for _ in range(count):
        document_log.next_sequence(10)
    return document_log


def test_a_long_log_wants_a_checkpoint_and_then_none_for_a_while() -> None:
    assert not written(CHECKPOINT_UPDATES - 1).wants_checkpoint
    document_log = written(CHECKPOINT_UPDATES)
    assert document_log.wants_checkpoint
    document_log.checkpoint_saved(document_log.sequence, 100)
    assert not document_log.wants_checkpoint


def test_a_log_that_cannot_be_shortened_is_looked_at_again_when_it_has_doubled() -> None:
    document_log = written(CHECKPOINT_UPDATES)
    document_log.checkpoint_refused()
    for _ in range(CHECKPOINT_UPDATES - 1):
        document_log.next_sequence(10)
        assert not document_log.wants_checkpoint
    document_log.next_sequence(10)
    assert document_log.wants_checkpoint
    document_log.checkpoint_saved(document_log.sequence - CHECKPOINT_UPDATES, 100)
    assert document_log.wants_checkpoint, "after a checkpoint the ordinary measure holds again"


def test_a_checkpoint_that_could_not_be_stored_is_not_made_anew_with_every_update() -> None:
    document_log = written(CHECKPOINT_UPDATES)
    document_log.checkpoint_failed()
    for _ in range(CHECKPOINT_UPDATES - 1):
        document_log.next_sequence(10)
        assert not document_log.wants_checkpoint
    document_log.next_sequence(10)
    assert document_log.wants_checkpoint


def test_a_document_of_250_000_edits_is_loaded_from_a_checkpoint_and_a_short_tail() -> None:
    document_log, longest, since, checkpoints = DocumentLog(StoredDocument()), 0, 0, 0
    for number in range(1, 250_001):
        sequence = document_log.next_sequence(20)
        since += 1
        longest = max(longest, since)
        if document_log.wants_checkpoint:
            document_log.checkpoint_saved(sequence, number)  # a letter of each edit is left, and hardly more
            checkpoints, since = checkpoints + 1, 0
    assert longest <= 10_000
    assert checkpoints < 250, "making one reads the whole document"
