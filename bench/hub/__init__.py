"""This project's hub against other Yjs hubs, on the same machine in the same minutes: `python3 dev.py bench hub`."""
