"""A short run of the fuzzer of sockets. The long run: python -m tests.hub.fuzz_frames --inputs 1000000."""

import os

import pytest

from tests.hub.fuzz_frames import fuzz

SEED = int(os.environ.get("PAIR_LS_FUZZ_SEED", "1"))
INPUTS = 1000


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
async def test_hostile_bytes_end_in_a_close_and_disturb_nobody(seed: int) -> None:
    told = await fuzz(INPUTS, seed)
    assert told["inputs"] == INPUTS
    assert told["closed with 4400"] > INPUTS / 20, "hostile enough"
    assert told["closed with 4400"] + told["closed with 1002"] < INPUTS, "and not all at the first byte"
