"""How sessions and what is around them fare, and what to do about it."""
