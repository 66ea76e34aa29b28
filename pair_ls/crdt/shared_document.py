"""One shared document as the hub needs it: takes foreign updates, answers what another replica lacks. No positions.

Keeps these promises: only checked bytes reach native code, nothing is ever left pending there (so an update made of the
whole is the whole), and after a native failure every call raises Poisoned until the caller builds it anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from pair_ls.crdt.encoding import write_var_uint
from pair_ls.crdt.guard_limits import FOREIGN, STORED, GuardLimits
from pair_ls.crdt.native import NativeDocument, merge_native
from pair_ls.crdt.schema import CONTENT, DOCUMENTS, ClientId, DocumentKind
from pair_ls.crdt.state_vector import EMPTY_STATE_VECTOR, check_state_vector, encode_state_vector
from pair_ls.crdt.update_guard import EMPTY_UPDATE, CheckedUpdate, UpdateGuard

_MERGE_AT_ONCE = 64
_CONTINUATION_BYTES = bytes(range(128, 256))


class SharedDocument:
    """A text document or an index (`kind`), as one replica holds it. One thread."""

    __slots__ = ("_guard", "_native", "client_id", "kind")

    def __init__(self, *, client_id: ClientId, kind: DocumentKind, limits: GuardLimits = FOREIGN) -> None:
        self.client_id = client_id
        self.kind = kind
        self._guard = UpdateGuard(kind, limits)
        self._native: NativeDocument | None = None

    @property
    def native(self) -> NativeDocument:
        """For the other modules of this package only. Made when it is needed: in many rooms nobody has written yet."""
        if self._native is None:
            is_text = self.kind is DocumentKind.TEXT
            self._native = NativeDocument(
                self.client_id, text_root=CONTENT if is_text else None, map_root=None if is_text else DOCUMENTS
            )
        return self._native

    @property
    def owners(self) -> Mapping[int, str]:
        """client id -> the author who used it first."""
        return self._guard.owners

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever written, not whether the text is empty now."""
        return not self._guard.state

    @property
    def size(self) -> int:
        """Bytes of UTF-8 of the text, or entries of the index."""
        return 0 if self.is_empty else self.native.size()

    def check(self, update: bytes, *, author: str | None = None) -> CheckedUpdate:
        """What `apply` would say, without applying."""
        return self._guard.check(update, author=author)

    def apply(self, update: bytes, *, author: str | None = None) -> CheckedUpdate:
        """Takes a foreign update. RefusedBytes or MissingUpdates: nothing was changed. Poisoned: build this anew."""
        return self.apply_checked(update, self._guard.check(update, author=author))

    def apply_keystroke(self, update: bytes, author: str) -> bool:
        """Takes a foreign update that is nothing but a little text of one known client: all is new, nothing can be held
        back. False: it is not that plain, `apply` it. Raises Poisoned."""
        keystroke = self._guard.match(update, author)
        if keystroke is None:
            return False
        native = self._native
        assert native is not None, "it knows the client"
        native.apply(update)
        self._guard.commit_keystroke(keystroke)
        return True

    def apply_checked(self, update: bytes, checked: CheckedUpdate) -> CheckedUpdate:
        """The second half of `apply`: takes an update with the verdict of `check`, nothing changed in between."""
        if checked.is_new:
            self.native.apply(update)
            if checked.ranges and not checked.is_plain:
                self._assert_nothing_pending(checked)
            self._commit(checked)
        return checked

    def load(self, updates: Iterable[tuple[bytes, str | None]], owners: Mapping[int, str] | None = None) -> None:
        """Takes what our own store holds: updates with their authors, in its order, and owners known from before.

        They are checked all the same, but without the limits for foreigners, and authors are learnt, not enforced.
        """
        self._guard.owners.update(owners or {})
        for update, author in updates:
            checked = self._guard.check(update, limits=STORED)
            self.apply_checked(update, checked._replace(author=author or None))

    def claim(self, client_id: int, author: str) -> bool:
        """Binds a client id to an author before its first update (it shows in awareness first). False: another's."""
        return self._guard.claim(client_id, author)

    def state(self) -> Mapping[int, int]:
        """client -> next clock."""
        return self._guard.state

    def state_vector(self) -> bytes:
        """What this replica has seen."""
        return encode_state_vector(self._guard.state)

    def update_since(self, state_vector: bytes = EMPTY_STATE_VECTOR) -> bytes:
        """All that a replica with this (foreign) state vector lacks, and all deletions; perhaps EMPTY_UPDATE."""
        if self.is_empty:
            check_state_vector(state_vector)
            return EMPTY_UPDATE
        return self.native.update_since(encode_state_vector(self._known_part(check_state_vector(state_vector))))

    def checkpoint(self) -> bytes | None:
        """The whole in one update, to be stored instead of all updates. None: keep them, it would be read differently.

        That happens if somebody wrote behind one item and at the same time before an earlier one, which no honest
        client can mean: replicas then order the text by the order in which they hear of it. Only starting anew from the
        text ends that.
        """
        whole = self.update_since()
        reloaded = SharedDocument(client_id=self.client_id, kind=self.kind)
        reloaded.load([(whole, None)])
        reads_the_same = reloaded.content_hash() == self.content_hash() and reloaded.state() == self.state()
        return whole if reads_the_same else None

    def text(self) -> str:
        """The text of a text document."""
        return self.native.text()

    def content_hash(self) -> bytes:
        """SHA-256 of the text in UTF-8, or of the index as JSON with sorted keys: equal where the content is equal."""
        if self.kind is DocumentKind.TEXT:
            return hashlib.sha256(self.text().encode()).digest()
        entries = json.loads(self.native.map_json())
        return hashlib.sha256(json.dumps(entries, sort_keys=True, separators=(",", ":")).encode()).digest()

    def take_note(self, update: bytes) -> None:
        """Tells the guard of an own change that is in native code already. Ours must pass it like any other."""
        self._commit(self._guard.check(update, limits=STORED))

    def _commit(self, checked: CheckedUpdate) -> None:
        self._guard.commit(checked)
        if self.kind is DocumentKind.INDEX:
            # An entry that is set again deletes the one before without a word of it in the update.
            self._guard.commit(self._guard.check(self.native.update_since(self.state_vector()), limits=STORED))

    def _assert_nothing_pending(self, checked: CheckedUpdate) -> None:
        """The guard lets no gap through; if native code still holds something back, its document is not the whole."""
        state_vector = self.native.state_vector()
        for client, _, end in checked.ranges:
            if not _says(state_vector, client, end):
                raise self.native.abandon("Native code holds a checked update back")

    def _known_part(self, state: Mapping[int, int]) -> dict[int, int]:
        """Native code is not told of clients or clocks we do not know, nor of half characters."""
        known = self._guard.state
        return {
            client: self._guard.whole_character(client, min(clock, known[client]))
            for client, clock in state.items()
            if client in known
        }


def merge_updates(updates: Sequence[bytes]) -> bytes:
    """One update for several that were applied one after the other: a hole between them would be refused by receivers.

    In small batches, as native merging takes quadratic time.
    """
    merged = [update for update in updates if update != EMPTY_UPDATE]
    while len(merged) > 1:
        merged = [_merge(merged[at : at + _MERGE_AT_ONCE]) for at in range(0, len(merged), _MERGE_AT_ONCE)]
    return merged[0] if merged else EMPTY_UPDATE


def _merge(updates: Sequence[bytes]) -> bytes:
    return updates[0] if len(updates) == 1 else merge_native(updates)


def _says(state_vector: bytes, client: int, clock: int) -> bool:
    """Whether a state vector of ours says this. Nearly always told in C, as a document can have thousands of clients.

    Before an entry must stand whole numbers, an odd count of them: the count of entries, then pairs.
    """
    at = state_vector.find(write_var_uint(client) + write_var_uint(clock), 1)
    if at < 0:
        return False
    before = state_vector[:at]
    if before[-1] < 128 and len(before.translate(None, _CONTINUATION_BYTES)) % 2 == 1:
        return True
    return check_state_vector(state_vector, max_clients=len(state_vector)).get(client) == clock
