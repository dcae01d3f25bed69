"""Sessions in a browser."""
