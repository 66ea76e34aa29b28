"""Who may enter, as what."""

from dataclasses import replace

import pytest

from pair_ls.errors import InvalidInvite, NotAllowed, UnknownRoom
from pair_ls.hub.rights import Entrance, Rights
from pair_ls.hub.tokens import Claims
from pair_ls.room.ids import ANONYMOUS, ParticipantId
from pair_ls.room.role import Role
from pair_ls.settings import Access
from pair_ls.storage import InviteRecord, RoomRecord

ADA = ParticipantId("p:ada")
BOB = ParticipantId("p:bob")


def invite(invite_id: str = "link", role: Role = Role.EDITOR) -> InviteRecord:
    return InviteRecord(invite_id, "room", role.value, "hub", 1.0, None)


def claims(invite_id: str = "link", role: Role = Role.EDITOR, room: str = "room") -> Claims:
    return Claims(room, role, invite_id, None)


@pytest.fixture
def rights() -> Rights:
    return Rights(RoomRecord("room", "", "", 1.0, 1.0), [invite(), invite("owner", Role.OWNER)])


def enter(rights: Rights, who: ParticipantId, by: Claims) -> Entrance:
    entrance = rights.enter(by, who, Access.INVITE)
    rights.entered(who, "Name", entrance, 2.0)
    return entrance


def test_without_a_token_only_an_open_hub_lets_in(rights: Rights) -> None:
    assert rights.enter(None, ADA, Access.OPEN).role is Role.EDITOR
    with pytest.raises(UnknownRoom):
        rights.enter(None, ADA, Access.INVITE)


def test_a_token_for_another_room_is_answered_like_no_room(rights: Rights) -> None:
    with pytest.raises(UnknownRoom):
        rights.enter(claims(room="other"), ADA, Access.OPEN)


def test_a_revoked_invite_lets_nobody_in(rights: Rights) -> None:
    enter(rights, ADA, claims())
    rights.revoke("link", 5.0)
    for who in (ADA, BOB):
        with pytest.raises(InvalidInvite):
            rights.enter(claims(), who, Access.INVITE)
    assert rights.revoke("unknown", 5.0) is None


def test_a_changed_role_holds_whenever_they_come_back(rights: Rights) -> None:
    enter(rights, ADA, claims())
    rights.set_role(ADA, Role.VIEWER)
    assert rights.enter(claims(), ADA, Access.INVITE).role is Role.VIEWER
    assert rights.enter(claims("owner", Role.OWNER), ADA, Access.INVITE).role is Role.VIEWER
    assert rights.enter(claims(), BOB, Access.INVITE).role is Role.EDITOR


def test_one_who_was_removed_cannot_come_back_by_the_same_link(rights: Rights) -> None:
    enter(rights, ADA, claims())
    enter(rights, BOB, claims())
    removal = rights.remove(ADA, 5.0)
    assert removal.participant is not None
    assert removal.participant.removed_at == 5.0
    assert (removal.invite, removal.room) == (replace(invite(), closed_at=5.0), None)
    with pytest.raises(NotAllowed) as refused:
        rights.enter(claims(), ADA, Access.INVITE)
    assert refused.value.code == "removed"
    with pytest.raises(InvalidInvite):
        rights.enter(claims(), ParticipantId("p:ada-with-a-new-secret"), Access.INVITE)
    assert rights.enter(claims(), BOB, Access.INVITE).role is Role.EDITOR


def test_a_request_that_does_not_say_who_asks_may_do_what_the_least_may(rights: Rights) -> None:
    enter(rights, ADA, claims())
    assert rights.for_request(claims(), None, Access.INVITE).role is Role.EDITOR
    rights.set_role(ADA, Role.VIEWER)
    assert rights.for_request(claims(), None, Access.INVITE).role is Role.VIEWER
    assert rights.for_request(claims(), BOB, Access.INVITE).role is Role.EDITOR
    rights.remove(ADA, 5.0)
    with pytest.raises(NotAllowed):
        rights.for_request(claims(), None, Access.INVITE)


def test_only_news_about_a_participant_is_stored(rights: Rights) -> None:
    entrance = rights.enter(claims(), ADA, Access.INVITE)
    assert rights.entered(ADA, "Ada", entrance, 2.0) is not None
    assert rights.entered(ADA, "Ada", entrance, 3.0) is None
    renamed = rights.entered(ADA, "Ada L.", entrance, 4.0)
    assert renamed is not None
    assert (renamed.name, renamed.joined_at) == ("Ada L.", 2.0)


def test_who_was_removed_from_an_open_room_does_not_come_back_as_somebody_else(rights: Rights) -> None:
    for who in (ADA, BOB):
        rights.entered(who, "Name", rights.enter(None, who, Access.OPEN), 2.0)
    removal = rights.remove(ADA, 5.0)
    assert (removal.room, removal.invite) == (rights.room, None)
    with pytest.raises(NotAllowed):
        rights.enter(None, ADA, Access.OPEN)
    for stranger in (ParticipantId("p:ada again"), ANONYMOUS):
        with pytest.raises(UnknownRoom):
            rights.enter(None, stranger, Access.OPEN)
        with pytest.raises(UnknownRoom):
            rights.for_request(None, None, Access.OPEN)
    assert rights.enter(None, BOB, Access.OPEN).role is Role.EDITOR
    assert rights.enter(claims(), ParticipantId("p:cleo"), Access.OPEN).role is Role.EDITOR


def test_who_is_removed_without_a_name_of_their_own_needs_an_invite_to_come_back(rights: Rights) -> None:
    assert rights.remove(ANONYMOUS, 5.0).room is not None
    with pytest.raises(UnknownRoom):
        rights.enter(None, ANONYMOUS, Access.OPEN)


def test_a_closed_room_lets_nobody_in_and_tells_only_those_who_may_know(rights: Rights) -> None:
    assert rights.close(5.0).closed_at == 5.0
    assert rights.close(6.0).closed_at == 5.0
    for by in (claims(), claims("owner", Role.OWNER)):
        with pytest.raises(NotAllowed) as refused:
            rights.enter(by, ADA, Access.INVITE)
        assert refused.value.code == "room-closed"
        assert rights.for_request(by, ADA, Access.INVITE).role is by.role
    with pytest.raises(UnknownRoom):
        rights.enter(None, ADA, Access.INVITE)
    assert rights.reopen().closed_at is None
    assert rights.enter(claims(), ADA, Access.INVITE).role is Role.EDITOR
