"""Services that complete, and what drives the completion core in an event loop."""
