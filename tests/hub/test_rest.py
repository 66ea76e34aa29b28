"""The REST API of a real hub, as a program without websockets sees it."""

import json
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

import pytest

from pair_ls.room.invite import parse_link
from tests.hub.clients import Pair, Stock
from tests.support.hub_process import OPENER, HubProcess

AWKWARD = "é 😀 \u2028 x\n"


def problem(
    hub: HubProcess, method: str, path: str, body: object = None, *, token: str | None = None
) -> tuple[int, str]:
    """Status and code of a refusal."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        hub.request(method, path, body, token=token)
    assert refused.value.headers["Content-Type"] == "application/problem+json"
    told = json.loads(refused.value.read())
    assert told["status"] == refused.value.code
    assert told["detail"]
    return refused.value.code, told["code"]


def send(hub: HubProcess, method: str, path: str, data: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(hub.url + path, data=data, method=method, headers=headers)
    try:
        with OPENER.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_room_is_made_and_found(hub: HubProcess) -> None:
    made = hub.create_room(name="Kätzchen", language="python", code=AWKWARD)
    assert set(made) == {"roomId", "name", "language", "code", "createdAt", "updatedAt", "token", "links"}
    assert len(made["roomId"]) >= 22
    link = parse_link(made["links"]["invite"])
    assert (link.hub_url, link.room_id) == (hub.url, made["roomId"])
    found = hub.request("GET", f"/api/rooms/{made['roomId']}")
    assert found["code"] == AWKWARD
    assert found["name"] == "Kätzchen"
    assert found["documents"] == [{"documentId": "main", "path": "main.py", "language": "python"}]
    assert found["role"] == "editor"
    assert "token" not in found
    assert found["links"] == {"page": f"{hub.url}/r/{made['roomId']}", "invite": f"{hub.url}/r/{made['roomId']}"}
    assert made["token"] not in json.dumps(found)
    assert datetime.fromisoformat(found["updatedAt"]) >= datetime.fromisoformat(found["createdAt"])


def test_what_is_no_request_is_told_so(hub: HubProcess) -> None:
    assert problem(hub, "POST", "/api/rooms", {"language": 7}) == (422, "bad-request")
    assert problem(hub, "POST", "/api/rooms", {"surprise": 1}) == (422, "bad-request")
    assert problem(hub, "GET", "/api/rooms/unknown-room") == (404, "unknown-room")
    assert problem(hub, "GET", "/nowhere") == (404, "not-found")
    assert problem(hub, "DELETE", "/healthz") == (405, "method-not-allowed")
    assert problem(hub, "GET", "/api/rooms/unknown-room", token="no.good.token") == (401, "invalid-invite")
    assert problem(hub, "POST", "/api/autocomplete", {"code": "x", "cursorPosition": -1}) == (422, "bad-request")


def test_code_is_completed_from_what_was_posted(hub: HubProcess) -> None:
    before = "# 😀\ndef area_of_square(side):\n    return side * side\n\nprint(area_of_sq"
    cursor = len(before.encode("utf-16-le")) // 2
    asked = {"code": before + "\n", "cursorPosition": cursor, "language": "python"}
    found = hub.request("POST", "/api/autocomplete", asked)
    assert found["suggestion"].startswith("uare")
    assert 0.0 < found["confidence"] <= 1.0
    assert found["suggestions"][0]["start"] == cursor
    nothing = hub.request("POST", "/api/autocomplete", {"code": "", "cursorPosition": 99})
    assert nothing == {"suggestion": "", "confidence": 0.0, "source": "none", "suggestions": []}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 201),
        ({"Content-Type": "application/json; charset=utf-8"}, 201),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ({"Content-Type": "application/json", "Host": "rebound.example"}, 421),
        ({"Content-Type": "application/json", "Content-Length": "999999999"}, 413),
    ],
)
def test_a_page_of_others_cannot_make_a_browser_post(hub: HubProcess, headers: dict[str, str], status: int) -> None:
    assert send(hub, "POST", "/api/rooms", b"{}", headers) == status


async def test_the_status_tells_who_is_where(hub: HubProcess) -> None:
    room_id = hub.create_room(code="x", language="python")["roomId"]
    assert hub.request("GET", f"/ws/rooms/{room_id}/status") == {
        "roomId": room_id,
        "active": False,
        "connections": 0,
        "participants": [],
    }
    async with Stock(hub, room_id, name="Ada") as ada:
        await ada.sees("x")
        (here,) = hub.request("GET", f"/ws/rooms/{room_id}/status")["participants"]
    assert (here["name"], here["role"], here["document"]) == ("Ada", "editor", "main")
    assert datetime.fromisoformat(here["joinedAt"])


async def test_documents_are_made_moved_and_deleted_for_all(hub: HubProcess) -> None:
    room_id = hub.create_room(code="x", language="python")["roomId"]
    documents = f"/api/rooms/{room_id}/documents"
    made = hub.request("POST", documents, {"path": "src/a b.py", "language": "python"})
    assert made["created"]
    again = hub.request("POST", documents, {"path": "src/a b.py"})
    assert again == {**made, "created": False}
    async with Pair(hub, room_id) as ada:
        await ada.open("src/a b.py", text="seed")
        assert ada.document_id == made["documentId"]
        await ada.is_safe()
        assert hub.request("PATCH", f"{documents}/{made['documentId']}", {"path": "src/c.py"}) == {"path": "src/c.py"}
        await ada.type("!")
        await ada.is_safe()
    assert [each["path"] for each in hub.request("GET", documents)] == ["main.py", "src/c.py"]
    hub.request("DELETE", f"{documents}/{made['documentId']}")
    assert [each["path"] for each in hub.request("GET", documents)] == ["main.py"]
    assert problem(hub, "DELETE", f"{documents}/{made['documentId']}") == (404, "unknown-document")
    assert problem(hub, "POST", documents, {"path": "../out"}) == (422, "path-refused")


async def test_history_tells_who_wrote_what_and_brings_it_back(hub: HubProcess) -> None:
    room_id = hub.create_room(code="one\n", language="python")["roomId"]
    document = f"/api/rooms/{room_id}/documents/main"
    async with Pair(hub, room_id, name="Ada") as ada, Pair(hub, room_id, name="Bob") as bob:
        await ada.open("main.py")
        await ada.type("two 😀\n")
        await ada.is_safe()
        await bob.open("main.py")
        await bob.type("three\n")
        await ada.sees("one\ntwo 😀\nthree\n")
        entries = hub.request("GET", f"{document}/history")["entries"]
        assert [entry["name"] for entry in entries] == ["Bob", "Ada", "hub"]
        earlier = hub.request("GET", f"{document}/history/{entries[0]['sequence']}")
        assert earlier["text"] == "one\ntwo 😀\nthree\n"
        assert earlier["lines"] == ["hub", "Ada", "Bob", ""]
        hub.request("POST", f"{document}/restore", {"sequence": entries[1]["sequence"]})
        await ada.sees("one\ntwo 😀\n")
        await bob.sees("one\ntwo 😀\n")
    page = hub.request("GET", f"{document}/history?limit=2")
    assert len(page["entries"]) == 2
    assert hub.request("GET", f"{document}/history?limit=2&before={page['next']}")["entries"][0]["name"] == "Ada"


def test_docs_and_page_need_no_other_server(hub: HubProcess) -> None:
    for path in ("/docs", "/"):
        with OPENER.open(hub.url + path, timeout=10) as answer:
            text = answer.read().decode()
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src" in policy
        assert "https://" not in text.replace("https://HOST", "")
    openapi: Any = hub.request("GET", "/openapi.json")
    assert "/api/rooms/{room_id}" in openapi["paths"]


def test_rooms_are_made_at_a_measured_pace(hub: HubProcess, tmp_path: Any) -> None:
    with HubProcess(tmp_path / "slow", arguments=["--limits-rooms-per-hour", "2"]) as slow:
        slow.create_room()
        slow.create_room()
        assert problem(slow, "POST", "/api/rooms", {}) == (429, "too-many-requests")
