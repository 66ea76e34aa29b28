"""Makes what the load generator types from a real editing trace, one character per edit.

role0.bin .. role9.bin: u32 count, then for each update: u8 kind (0 insert, 1 delete), u32 clock, u32 length, bytes; the
    author of role r is Yjs client 1000 + r, `clock` is what the update inserts or deletes.
join.bin: the whole trace as one Yjs update, by client 999.
All little endian. The root is the one this project's hub knows; the others take any.
"""

import gzip
import json
import struct
from pathlib import Path

from pair_ls.crdt.encoding import read_var_uint
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.text import Edit

ROLES = 10
UPDATES = 40_000
Operation = tuple[int, int, str]


def patches(trace: Path) -> list[Operation]:
    """(offset, characters deleted, text inserted) as they were recorded."""
    transactions = json.loads(gzip.decompress(trace.read_bytes()))["txns"]
    return [tuple(patch) for transaction in transactions for patch in transaction["patches"]]


def operations(trace: Path) -> list[Operation]:
    """The same one character at a time."""
    result: list[Operation] = []
    for offset, deleted, inserted in patches(trace):
        result += [(offset, 1, "")] * deleted
        result += [(offset + number, 0, character) for number, character in enumerate(inserted)]
    return result


def typed(client_id: int, todo: list[Operation]) -> tuple[bytes, list[bytes]]:
    """The state after all operations, and the update of each."""
    shared = SharedText(ClientId(client_id))
    updates = [shared.edit([Edit(offset, offset + deleted, inserted)]) for offset, deleted, inserted in todo]
    return shared.document.update_since(), updates


def kind_and_clock(update: bytes) -> tuple[int, int]:
    """0 and the clock of its insert, or 1 and the clock of its delete."""
    clients, at = read_var_uint(update, 0)
    if clients:
        for _ in range(2):
            _, at = read_var_uint(update, at)
        return 0, read_var_uint(update, at)[0]
    for _ in range(3):
        _, at = read_var_uint(update, at)
    return 1, read_var_uint(update, at)[0]


def write_all(trace: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    todo = operations(trace)[:UPDATES]
    for role in range(ROLES):
        _, updates = typed(1000 + role, todo)
        records = [struct.pack("<BII", *kind_and_clock(update), len(update)) + update for update in updates]
        (folder / f"role{role}.bin").write_bytes(struct.pack("<I", len(records)) + b"".join(records))
    (folder / "join.bin").write_bytes(typed(999, patches(trace))[0])
