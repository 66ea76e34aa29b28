"""Write code together from different editors: a language server, and a room hub between them."""

__version__ = "0.1.0"
