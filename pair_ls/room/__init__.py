"""The protocol of a room: its messages and the pure state machines of both ends, the hub's and a participant's. No I/O."""
