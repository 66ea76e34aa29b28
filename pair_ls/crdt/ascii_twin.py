"""A second replica in which every text is spelled with as many ASCII letters as it has UTF-16 units.

Why: pycrdt makes and resolves anchors wrongly where the text is not ASCII, as it adds bytes to clocks, which count
UTF-16 units. Where an item lands depends on its id and its neighbours, never on what it says. So in the twin, where a
byte is a unit, pycrdt's anchors are right, and they name the same ids. Spelled with a letter for each client instead,
the text says who wrote what.
"""

from collections.abc import Callable, Mapping

from pair_ls.crdt.encoding import write_var_uint
from pair_ls.crdt.native import NativeDocument
from pair_ls.crdt.schema import CONTENT
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.update_format import STRING, match_section, match_text_struct, number, utf16_length

_MOST_WAITING = 1_000


class AsciiTwin:
    """Follows one text document; does the work only when it is asked."""

    __slots__ = ("_native", "_waiting")

    def __init__(self, client_id: int, whole: bytes) -> None:
        self._native = NativeDocument(client_id, text_root=CONTENT)
        self._waiting = [whole]

    def note(self, update: bytes) -> bool:
        """Takes an applied update. False: so many wait unasked for that this twin is better thrown away."""
        self._waiting.append(update)
        return len(self._waiting) < _MOST_WAITING

    def native(self) -> NativeDocument:
        """The twin, up to date. Its indices are UTF-16 units of the real text."""
        for update in self._waiting:
            self._native.apply(spell_in_ascii(update))
        self._waiting.clear()
        return self._native


def spell_in_ascii(update: bytes) -> bytes:
    """The same structs and deletions, each string replaced by as many letters as it has UTF-16 units.

    Only for updates of text documents that the guard has passed.
    """
    return _spell(update, lambda _: b"x")


def spell_by_client(document: SharedDocument, letters: Mapping[int, str]) -> str:
    """The text of a text document, each UTF-16 unit as the letter (of one unit) of its client; a space without one."""
    native = NativeDocument(document.client_id, text_root=CONTENT)
    native.apply(_spell(document.update_since(), lambda client: letters.get(client, " ").encode()))
    return native.text()


def _spell(update: bytes, letter_of: Callable[[int], bytes]) -> bytes:
    at = 0
    out: list[bytes] = []
    sections, at = _read_number(update, at)
    out.append(update[:at])
    for _ in range(sections):
        section = match_section(update, at)
        assert section is not None, "the guard has passed this update"
        out.append(section[0])
        at = section.end()
        letter = letter_of(number(section[2]))
        for _ in range(number(section[1])):
            at = _spell_struct(update, at, letter, out)
    out.append(update[at:])
    return b"".join(out)


def _spell_struct(update: bytes, at: int, letter: bytes, out: list[bytes]) -> int:
    struct = match_text_struct(update, at)
    assert struct is not None, "the guard has passed this update"
    end = struct.end()
    if update[at] & 31 != STRING:
        out.append(struct[0])
        return end
    size = number(struct[9])
    letters = letter * utf16_length(update[end : end + size].decode())
    out += (update[at : struct.start(9)], write_var_uint(len(letters)), letters)
    return end + size


def _read_number(update: bytes, at: int) -> tuple[int, int]:
    end = at
    while update[end] > 127:
        end += 1
    return number(update[at : end + 1]), end + 1
