"""Closed bars and prices as they come: streamed, repaired, put together, kept in windows."""
