"""Calls that are awaited. tools/write_sync.py makes `_sync` from this: change calls here."""
