"""The hub's parts, put together: who is let in, what runs regularly, and how it ends."""

import asyncio
import itertools
import random
import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from pair_ls.crdt.schema import ClientId
from pair_ls.errors import NotAllowed, PairError, StoreUnavailable
from pair_ls.hub.addresses import Addresses
from pair_ls.hub.allowance import Rates
from pair_ls.hub.commits import Commits
from pair_ls.hub.counters import Counters
from pair_ls.hub.handshake import Handshake, principal_of_subject
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.live_rooms import LiveRooms
from pair_ls.hub.origins import Origins
from pair_ls.hub.outside_issuer import OutsideIssuer, is_outside
from pair_ls.hub.pace import Pace
from pair_ls.hub.retention import forget_regularly
from pair_ls.hub.socket import RoomSocket
from pair_ls.hub.tokens import Claims, Tokens
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.ids import ANONYMOUS, INVITED, ConnectionId, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.looks import clean_name
from pair_ls.room.member import Member
from pair_ls.settings import HubLimits, HubSettings
from pair_ls.storage import FATAL_CODES, Store

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0
SWEEPS_PER_LOOK = 10
CHECK_SECONDS = 2.0
COMMIT_AT_END_SECONDS = 2.5
COME_BACK_SECONDS = (0.5, 3.0)
"""After a restart clients come back at random moments in this span, not all at once."""


class Hub:
    """Everything that lives as long as the process."""

    def __init__(self, settings: HubSettings, store: Store, key: bytes) -> None:
        self.settings = settings
        self.store = store
        self.tokens = Tokens(key)
        self._outside = outside_issuer(settings)
        self.counters = Counters()
        self.loop = asyncio.get_running_loop()
        self.commits = Commits(store.updates, self.counters)
        self.rooms = LiveRooms(store, self.commits, self.counters, room_limits(settings), self.spawn)
        self.rates = Rates(
            messages=settings.limits.updates_per_second,
            size_bytes=settings.limits.bytes_per_second,
            largest_message=settings.limits.message_bytes,
        )
        self.pace = Pace(settings.limits)
        self.origins = Origins(host=settings.host, public_url=settings.public_url)
        self.sockets: set[RoomSocket] = set()
        self._watched: set[RoomSocket] = set()
        self.public_url = settings.public_url or ""
        """What links start with; set when the port is known."""
        self.exit_soon: Callable[[], None] = lambda: None
        """Ends the process in good order."""
        self.is_stopping = False
        self.store_trouble: str | None = None
        """Why the store does not answer, as of the last check; None: it does."""
        self.fatal: str | None = None
        """Why the hub had to stop by itself."""
        self._addresses = Addresses(settings.limits.connections_per_address)
        self.http_addresses = Addresses(settings.limits.connections_per_address)
        self._connection_ids = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    # ---- life ----

    def start(self) -> None:
        """Begin to commit and to look after connections."""
        self.commits.start()
        self.spawn(self._sweep_regularly())
        self.spawn(self._check_regularly())
        self.spawn(forget_regularly(self.store, self.settings.history_days))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run beside; an exception is logged, and what it belonged to goes on."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task failed", exc_info=task.exception())

    def begin_shutdown(self) -> None:
        """Once: commit what came, then close all connections, to come back a little later."""
        if not self.is_stopping:
            self.is_stopping = True
            self.spawn(self._close_all())

    async def _close_all(self) -> None:
        try:
            async with asyncio.timeout(COMMIT_AT_END_SECONDS):
                await self.commits.flush()
        except TimeoutError:
            log.error("the store did not take the last updates", waiting=self.commits.waiting)
        for socket in list(self.sockets):
            delay = random.uniform(*COME_BACK_SECONDS)
            socket.end(CloseCode.RESTARTING, f"{delay:.3f}")

    async def stop(self) -> None:
        """The last thing: nothing is connected any more."""
        self.rooms.sleep_all()
        try:
            async with asyncio.timeout(COMMIT_AT_END_SECONDS):
                await self.commits.stop()
        except TimeoutError:
            log.error("the hub ends with updates that are not stored; their writers still have them")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.store.close()

    # ---- letting in ----

    def admit(self, socket: RoomSocket, handshake: Handshake) -> None:
        """Answer a handshake: at once if the room is awake."""
        if not self.origins.is_allowed(handshake.origin, handshake.host):
            error = NotAllowed("Pages of this origin may not use this hub.", code="foreign-origin")
            socket.refuse(error, tell_browser=False)
            return
        live = self.rooms.find(handshake.room_id)
        try:
            self.pace.entering(socket.address)
            if live is None or self._must_ask_outside(handshake.token):
                self.spawn(self._admit_later(socket, handshake))
            else:
                claims = None if handshake.token is None else self.tokens.read(handshake.token)
                self._admit_to(live, claims, socket, handshake)
        except PairError as error:
            self._refuse(socket, handshake, error)

    async def _admit_later(self, socket: RoomSocket, handshake: Handshake) -> None:
        try:
            self._check_capacity(socket)
            claims = await self.claims(handshake.token)
            live = await self.rooms.wake(handshake.room_id)
        except PairError as error:
            self._refuse(socket, handshake, error)
        else:
            self._admit_to(live, claims, socket, handshake)

    def _admit_to(self, live: LiveRoom, claims: Claims | None, socket: RoomSocket, handshake: Handshake) -> None:
        try:
            self._check_capacity(socket)
            participant_id = participant_of(handshake, claims)
            entrance = live.rights.enter(claims, participant_id, self.settings.access_in_force)
        except PairError as error:
            self._refuse(socket, handshake, error)
            return
        name = clean_name(handshake.name)
        member = Member(
            participant_id,
            entrance.role,
            handshake.framing,
            ClientId(secrets.randbits(32)),
            name=name,
            color=handshake.color,
            document_id=handshake.document_id,
            acknowledges=handshake.acknowledges,
        )
        socket.open(live, member, entrance)
        if participant_id != ANONYMOUS:
            record = live.rights.entered(participant_id, name, entrance, time.time())
            if record is not None:
                self.spawn(self._save(self.store.rooms.save_participant(record)))

    def _refuse(self, socket: RoomSocket, handshake: Handshake, error: PairError) -> None:
        self.pace.refused(socket.address, error)
        socket.refuse(error, tell_browser=handshake.is_browser)

    async def claims(self, token: str | None) -> Claims | None:
        """What a token says. Raises InvalidInvite."""
        if token is None:
            return None
        if self._outside is not None and is_outside(token):
            return await asyncio.to_thread(self._outside.read, token)
        return self.tokens.read(token)

    def _must_ask_outside(self, token: str | None) -> bool:
        return self._outside is not None and token is not None and is_outside(token)

    def _check_capacity(self, socket: RoomSocket) -> None:
        if self.is_stopping:
            raise StoreUnavailable("The hub is stopping; come back in a moment.", code="hub-stopping")
        if self._addresses.has_too_many(socket.address):
            sentence = f"There are {self._addresses.most} connections from your address already."
            raise NotAllowed(sentence, code="too-many-connections")

    def close_invite(self, live: LiveRoom, invite_id: str) -> None:
        """Whoever is in the room by a revoked invite is out."""
        for socket in list(self.sockets):
            entrance = socket.entrance
            if entrance is not None and entrance.invite_id == invite_id and socket.is_in(live):
                socket.close(CloseCode.UNAUTHORIZED, "an owner has revoked your invite")

    async def _save(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoreUnavailable as error:
            log.warning("a participant could not be remembered", why=error.message)

    # ---- connections ----

    def socket_made(self, socket: RoomSocket) -> None:
        """A handshake begins."""
        self.sockets.add(socket)
        self._watched.add(socket)
        self._addresses.enter(socket.address)

    def socket_lost(self, socket: RoomSocket) -> None:
        """A connection is over."""
        self.sockets.discard(socket)
        self._watched.discard(socket)
        self._addresses.leave(socket.address)

    def next_connection_id(self) -> ConnectionId:
        """Never used before."""
        return ConnectionId(next(self._connection_ids))

    async def _sweep_regularly(self) -> None:
        for number in itertools.count():
            before = self.loop.time()
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            self.counters.loop_lag_seconds = max(0.0, self.loop.time() - before - SWEEP_SECONDS)
            wall_clock = time.time()
            due = {each for each in self.sockets if (each.connection_id + number) % SWEEPS_PER_LOOK == 0}
            for socket in due | self._watched:
                try:
                    is_watched = socket.sweep(now, wall_clock)
                except Exception:  # the edge of a connection: the others are looked at all the same
                    log.exception("a connection could not be looked after", connection=socket.connection_id)
                    is_watched = False
                if is_watched:
                    self._watched.add(socket)
                else:
                    self._watched.discard(socket)
            self.rooms.let_sleep(now)

    def watch(self, socket: RoomSocket) -> None:
        """Look at this one in every sweep; at the others in every tenth."""
        self._watched.add(socket)

    def count(self) -> None:
        """Bring the counters up to date."""
        now = time.monotonic()
        for socket in list(self.sockets):
            socket.count(now)

    async def _check_regularly(self) -> None:
        """So that trouble with the store is known before somebody types, and a lost lock is noticed."""
        while True:
            try:
                await self.store.check()
                self.store_trouble = None
                if self.commits.trouble is not None:  # it reads, but does not write: a full disk
                    for live in self.rooms:
                        await live.answer_from_store()
            except StoreUnavailable as error:
                self.store_trouble = error.message
                if error.code in FATAL_CODES:
                    self.fatal = error.message
                    self.exit_soon()
                    return
            await asyncio.sleep(CHECK_SECONDS)


def participant_of(handshake: Handshake, claims: Claims | None) -> ParticipantId:
    """Who somebody is: by their own secret, else by the invite they hold."""
    if claims is not None and claims.subject is not None:
        return principal_of_subject(claims.subject)
    if handshake.participant_id is not None:
        return handshake.participant_id
    return ParticipantId(INVITED + claims.invite_id) if claims is not None else ANONYMOUS


def outside_issuer(settings: HubSettings) -> OutsideIssuer | None:
    """Whose tokens are accepted beside ours. Raises SettingsError."""
    if settings.token_jwks_url is None:
        return None
    return OutsideIssuer(
        jwks_url=settings.token_jwks_url, issuer=settings.token_issuer, audience=settings.token_audience
    )


def room_limits(settings: HubSettings) -> RoomLimits:
    """The settings, as the room's core wants them."""
    limits: HubLimits = settings.limits
    return RoomLimits(
        participants=limits.room_participants,
        documents=limits.room_documents,
        document_bytes=settings.max_document_bytes,
        room_bytes=limits.room_bytes,
        update_bytes=limits.message_bytes,
        awareness_bytes=limits.awareness_bytes,
    )
