# Made from _async/__init__.py by tools/write_sync.py: change it there.
"""Calls that block."""
