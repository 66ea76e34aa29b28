"""State vectors: per client the next clock, as both ends of a sync exchange send it. Source: yjs encodeStateVector."""

from collections.abc import Mapping

from pair_ls.crdt.encoding import malformed, read_var_uint, write_var_uint
from pair_ls.crdt.update_format import LARGEST_CLOCK

EMPTY_STATE_VECTOR = b"\x00"
_LARGEST_FOREIGN_CLOCK = 2**32 - 1


def check_state_vector(data: bytes, *, max_clients: int = 10_000) -> dict[int, int]:
    """client -> next clock. Raises RefusedBytes; sets nothing aside by a number it was told."""
    count, at = read_var_uint(data, 0)
    if count > max_clients or 2 * count > len(data):
        raise malformed("a state vector names too many clients")
    state = {}
    for _ in range(count):
        client, at = read_var_uint(data, at)
        state[client], at = read_var_uint(data, at, _LARGEST_FOREIGN_CLOCK)
    if at != len(data):
        raise malformed("bytes follow a state vector")
    return state


def encode_state_vector(state: Mapping[int, int]) -> bytes:
    """The inverse of `check_state_vector`."""
    parts = [write_var_uint(len(state))]
    for client, clock in state.items():
        parts += (write_var_uint(client), write_var_uint(min(clock, LARGEST_CLOCK)))
    return b"".join(parts)
