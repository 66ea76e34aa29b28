"""The hub: rooms on one port, by websocket, REST and a page for guests."""

from pair_ls.hub.reloading import serve_reloading
from pair_ls.hub.serving import serve

__all__ = ["serve", "serve_reloading"]
