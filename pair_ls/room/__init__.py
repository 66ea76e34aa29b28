"""The protocol of a room: its messages, and the pure state machines of the hub's and a participant's end. No I/O."""
