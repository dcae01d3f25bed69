"""The watch over a session: what is late, stale or short, told and acted on."""
