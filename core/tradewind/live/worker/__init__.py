"""Strategies, indicators and policies in a process of their own, which never sees a key."""
