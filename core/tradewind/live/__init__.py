"""The live engine: closed bars in, orders out, never unprotected, exactly once."""
