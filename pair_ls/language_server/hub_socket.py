"""A websocket to the hub on which a frame costs one function call: `websockets` with its queues and tasks left out.

The library keeps what is hard (handshake, TLS, proxies, pings, closing). Its queue between reader and receiver, and the
task switch for each message in either direction, are what the next few lines go around.
"""

from collections.abc import Callable, Sequence

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State


class HubSocket(ClientConnection):
    """Binary messages go to the function given to `receive_with`; text messages are ignored, as the hub sends none."""

    _receive: Callable[[bytes], None] | None = None
    _early: Sequence[bytes] = ()
    _parts: Sequence[bytes] = ()  # of a message that comes in fragments; a proxy may cut one

    def receive_with(self, receive: Callable[[bytes], None]) -> None:
        """Hand over each message at once, in order; first those that came with the handshake."""
        early, self._early = self._early, ()
        self._receive = receive
        for message in early:
            receive(message)

    def send_frames(self, messages: Sequence[bytes]) -> int:
        """Write all of them at once; how many bytes wait to be sent. Dropped if the connection is about to end."""
        if self.protocol.state is State.OPEN:
            for message in messages:
                self.protocol.send_binary(message)
            self.transport.write(b"".join(self.protocol.data_to_send()))
        return self.transport.get_write_buffer_size()

    def process_event(self, event: Event) -> None:
        """Called by the library for each frame."""
        if not isinstance(event, Frame) or event.opcode not in (Opcode.BINARY, Opcode.CONT):
            if not isinstance(event, Frame) or event.opcode is not Opcode.TEXT:
                super().process_event(event)
            return
        data = bytes(event.data)
        if event.opcode is Opcode.CONT or not event.fin:
            self._parts = [*self._parts, data]
            if not event.fin:
                return
            data, self._parts = b"".join(self._parts), ()
        if self._receive is None:
            self._early = [*self._early, data]
        else:
            self._receive(data)
