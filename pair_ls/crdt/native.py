"""pycrdt, which nothing else of ours touches: one Yjs document with one flat root.

pycrdt is unchecked native code, and the classes it offers to users cost more than the work they start. So this speaks
to its inner classes (the version is pinned exactly) and promises: a failure of any kind, above all `PanicException`,
which is a BaseException, leaves as Poisoned, and the document is dropped and never read again: that could kill the
process. What callers promise: indices are bytes of UTF-8 on character boundaries inside the text, bytes have passed the
guard, and one thread only.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import pycrdt._pycrdt as pycrdt

from pair_ls.errors import Poisoned

OWN_ORIGIN = 1
"""The origin of our own edits, which alone can be undone; what comes from elsewhere has none."""

Delta = list[dict[str, Any]]
"""A text event's delta as pycrdt gives it: retain and delete count bytes of UTF-8 of the text before."""


class NativeDocument:
    """A Yjs document with the root text `text_root`, or else the root map `map_root`."""

    __slots__ = ("_document", "_own", "_root", "_subscriptions", "_undo")

    # Any: pycrdt's own stub lacks most of these methods.
    _document: Any
    _root: Any
    _undo: Any

    def __init__(self, client_id: int, *, text_root: str | None = None, map_root: str | None = None) -> None:
        self._document = pycrdt.Doc(client_id, None, None)
        transaction = self._document.create_transaction()
        if text_root is not None:
            self._root = self._document.get_or_insert_text(transaction, text_root)
        else:
            self._root = self._document.get_or_insert_map(transaction, map_root)
        transaction.drop()
        self._undo = None
        self._own = _OwnUpdates()
        self._subscriptions: list[Any] = []

    def expect_own_changes(self) -> None:
        """Must be called once before the first own change; a replica that makes none is spared the cost."""
        self._subscriptions.append(self._document.observe(self._own.committed))

    def apply(self, update: bytes) -> None:
        """Integrates an update that has passed the guard."""
        transaction = None
        try:
            transaction = self._document.create_transaction()
            self._document.apply_update(transaction, update)
            transaction.drop()
        except BaseException as error:
            self._fail(error, transaction)

    def state_vector(self) -> bytes:
        """What this document has seen, encoded; the order of its entries is not fixed."""
        return bytes(self._run(self._document.get_state, self._document.create_transaction))

    def update_since(self, state_vector: bytes) -> bytes:
        """All structs that are missing in the state vector, and all deletions."""
        return bytes(self._read(lambda transaction: self._document.get_update(transaction, state_vector)))

    def text(self) -> str:
        """The root text."""
        return str(self._read(lambda transaction: self._root.get_string(transaction)))

    def size(self) -> int:
        """Bytes of UTF-8 of the root text, or entries of the root map; kept by pycrdt, not counted."""
        return int(self._read(lambda transaction: self._root.len(transaction)))

    def map_json(self) -> str:
        """The root map as JSON."""
        return str(self._read(lambda transaction: self._root.to_json(transaction)))

    def replace(self, changes: Sequence[tuple[int, int, str]]) -> bytes:
        """Our own change of the text, in the order given: at `index` remove `length` bytes and insert a text."""

        def replace(transaction: Any) -> None:
            for index, length, new_text in changes:
                if length:
                    self._root.remove_range(transaction, index, length)
                if new_text:
                    self._root.insert(transaction, index, new_text, None)

        return self._change(
            lambda: self._run(replace, lambda: self._document.create_transaction_with_origin(OWN_ORIGIN))
        )

    def set_entry(self, key: str, value: dict[str, str]) -> bytes:
        """Our own change of the map."""
        return self._change(lambda: self._read(lambda transaction: self._root.insert(transaction, key, value)))

    def remove_entry(self, key: str) -> bytes:
        """Our own removal from the map; the key must be there."""
        return self._change(lambda: self._read(lambda transaction: self._root.remove(transaction, key)))

    def undo(self) -> bytes:
        """Undoes one step of our own changes of the text."""
        return self._change(lambda: self._undo.undo())

    def redo(self) -> bytes:
        """Does an undone step again."""
        return self._change(lambda: self._undo.redo())

    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._read(lambda _: self._undo.can_undo()))

    def can_redo(self) -> bool:
        """Whether there is an undone step."""
        return bool(self._read(lambda _: self._undo.can_redo()))

    def observe_text(self, tell: Callable[[Delta], None]) -> None:
        """From now on `tell`, which must not lead here, is called with the delta of each transaction."""
        self._subscriptions.append(self._root.observe(lambda event: tell(event.delta)))

    def observe_keys(self, tell: Callable[[set[str]], None]) -> None:
        """From now on `tell`, which must not lead here, is called with the keys that a transaction changed."""
        self._subscriptions.append(self._root.observe(lambda event: tell(set(event.keys))))

    def track_undo(self, clock: Callable[[], int]) -> None:
        """Makes own changes undoable; those at one reading of `clock` (from 1; must not lead here) are one step."""
        self._undo = pycrdt.UndoManager(1, clock, [], [])
        self._undo.expand_scope_text(self._document, self._root)
        self._undo.include_origin(OWN_ORIGIN)

    def sticky_index(self, index: int, *, before: bool) -> str:
        """pycrdt's anchor as JSON: an item and `assoc`. Right only where the text is ASCII."""
        side = -1 if before else 0
        return str(self._read(lambda transaction: self._root.sticky_index(transaction, index, side).to_json_string()))

    def sticky_offset(self, anchor_json: str) -> int:
        """Where an anchor is now, in bytes. Its item must be known, or pycrdt panics. Right only for ASCII."""
        read = pycrdt.get_sticky_index_from_json_string
        return int(self._read(lambda transaction: read(anchor_json).get_offset(transaction)))

    def abandon(self, why: str) -> Poisoned:
        """Drops a document that is found to be wrong; gives what to raise."""
        poisoned = Poisoned(f"{why}; build this replica anew from the store.")
        _bury(self._document, self._root, self._undo, self._subscriptions)
        self._drop()
        return poisoned

    def _read(self, call: Callable[[Any], Any]) -> Any:
        return self._run(call, self._document.create_transaction)

    def _run(self, call: Callable[[Any], Any], begin: Callable[[], Any]) -> Any:
        transaction = None
        try:
            transaction = begin()
            result = call(transaction)
            transaction.drop()
        except BaseException as error:
            self._fail(error, transaction)
        return result

    def _change(self, change: Callable[[], object]) -> bytes:
        """Does an own change; gives its update, b"" if nothing changed."""
        self._own.is_expected = True
        try:
            change()
        except BaseException as error:
            self._fail(error)
        finally:
            self._own.is_expected = False
        return self._own.take()

    def _fail(self, error: BaseException, transaction: Any = None) -> NoReturn:
        """Drops the document and raises Poisoned, or the error itself if it is not about the document."""
        if isinstance(error, Poisoned):
            raise error
        _bury(self._document, self._root, self._undo, self._subscriptions, transaction)
        self._drop()
        _raise_poisoned(error)

    def _drop(self) -> None:
        self._document = self._root = self._undo = _Dropped()
        self._subscriptions = []


class _OwnUpdates:
    """Catches the update of an own change.

    What native code calls back must not lead to the document: Python cannot see, and so never frees, such a circle.
    """

    __slots__ = ("_updates", "is_expected")

    def __init__(self) -> None:
        self._updates: list[bytes] = []
        self.is_expected = False

    def committed(self, event: Any) -> None:
        """Called by native code after each transaction. Only when it is wanted the update is asked for: it costs."""
        if self.is_expected:
            self._updates.append(event.update)

    def take(self) -> bytes:
        """The update of the one transaction there was; b"" if there was none."""
        assert len(self._updates) < 2, "an own change is one transaction"
        return self._updates.pop() if self._updates else b""


class _Dropped:
    """Stands where a document was that failed."""

    def __getattr__(self, name: str) -> Any:
        raise Poisoned("This replica failed before and must be built anew from the store.")


def _bury(*objects: object) -> None:
    """Keeps objects for ever: to free a document after a panic runs its native code once more, which may never end."""
    import ctypes  # only here: a healthy process has no use for it

    for one in objects:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))


def _raise_poisoned(error: BaseException) -> NoReturn:
    """PanicException cannot be imported by name; other BaseExceptions (an interrupt, a cancel) pass as they are."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        name = type(error).__name__
        raise Poisoned(f"Native code failed ({name}); build this replica anew from the store.") from error
    raise error


def merge_native(updates: Sequence[bytes]) -> bytes:
    """One update for several that have all been applied; for few of them, as the cost is quadratic."""
    try:
        return pycrdt.merge_updates(tuple(updates))
    except BaseException as error:
        _raise_poisoned(error)
