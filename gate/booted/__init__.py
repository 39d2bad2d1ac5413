"""The change itself, running on this machine before the merge: an embedded database, doubles, its own server."""
