"""What the hub's completion sends on to an endpoint: nothing that must stay there, and nothing of strangers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pair_ls.room.invite import parse_link
from tests.engines.stub_server import Stub, says, serving
from tests.hub.clients import Stock, until
from tests.hub.test_rest import problem
from tests.support.hub_process import HubProcess

ASKED = {"code": "wages = 1\nprint(", "cursorPosition": 16, "language": "python"}
StartHub = Callable[..., HubProcess]


@pytest.fixture
async def endpoint() -> AsyncIterator[Stub]:
    async with serving(says("wages)")) as stub:
        yield stub


def hub_with(endpoint: Stub, start_hub: StartHub, access: str) -> HubProcess:
    flags = ["--access", access, "--completion-base-url", endpoint.url, "--completion-model", "stub-model"]
    return start_hub(arguments=flags)


async def complete(hub: HubProcess, *, token: str | None = None, **more: str) -> str:
    """The source of the answer."""
    answer: Any = await asyncio.to_thread(hub.request, "POST", "/api/autocomplete", ASKED | more, token=token)
    return str(answer["source"])


def add(hub: HubProcess, room_id: str, path: str) -> str:
    made = hub.request("POST", f"/api/rooms/{room_id}/documents", {"path": path})
    return str(made["documentId"])


async def test_the_short_form_is_served_by_an_open_hub(endpoint: Stub, start_hub: StartHub) -> None:
    hub = await asyncio.to_thread(hub_with, endpoint, start_hub, "open")
    assert await complete(hub) == "model"
    assert endpoint.posts == 1


async def test_secrets_and_what_an_ignore_file_names_are_not_sent_on(endpoint: Stub, start_hub: StartHub) -> None:
    hub = await asyncio.to_thread(hub_with, endpoint, start_hub, "open")
    room_id = hub.create_room(code="x")["roomId"]
    rules = add(hub, room_id, "lib/.aiignore")
    async with Stock(hub, room_id, f"/{rules}") as ada:
        await ada.type("private*\n")
        await until(lambda: ada.shared.text != "", "typed")
        for path in (".env", "lib/private.py"):
            source = await complete(hub, roomId=room_id, documentId=add(hub, room_id, path))
            assert (source, endpoint.posts) == ("offline", 0), path
        assert await complete(hub, roomId=room_id, documentId=add(hub, room_id, "private.py")) == "model"
    assert await complete(hub, roomId=room_id) == "model"


async def test_strangers_have_no_endpoint_where_one_needs_an_invite(endpoint: Stub, start_hub: StartHub) -> None:
    hub = await asyncio.to_thread(hub_with, endpoint, start_hub, "invite")
    made: Any = hub.create_room(code="x")
    room_id, token = made["roomId"], parse_link(made["links"]["invite"]).token
    assert await complete(hub) == "offline"
    assert problem(hub, "POST", "/api/autocomplete", ASKED | {"roomId": room_id}) == (404, "unknown-room")
    assert problem(hub, "POST", "/api/autocomplete", ASKED | {"documentId": "main"}) == (404, "unknown-room")
    assert endpoint.posts == 0
    assert await complete(hub, token=token, roomId=room_id) == "model"
    assert await complete(hub, token=token) == "model"
    unknown = ASKED | {"documentId": "nowhere"}
    assert problem(hub, "POST", "/api/autocomplete", unknown, token=token) == (404, "unknown-document")
