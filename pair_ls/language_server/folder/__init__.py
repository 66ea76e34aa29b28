"""The joined folder on the disk: its files, what they last had in common with the room, and keeping both in step."""
