"""What a request must pass before the app sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests.hub.test_rights_matrix import House, opened


async def pieces(count: int) -> AsyncIterator[bytes]:
    yield b'{"code": "'
    for _ in range(count):
        yield b"a" * 65_536
    yield b'"}'


async def post(house: House, count: int) -> httpx.Response:
    json = {"Content-Type": "application/json"}
    return await house.http.post("/api/rooms", content=pieces(count), headers=json)


async def test_a_body_that_does_not_say_its_length_may_not_be_too_large_either(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        assert (await post(house, 2)).status_code == 201
        refused = await post(house, 400)
        assert (refused.status_code, refused.json()["code"]) == (413, "too-large")
        assert refused.headers["X-Content-Type-Options"] == "nosniff"
