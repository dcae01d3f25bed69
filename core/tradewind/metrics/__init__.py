"""Figures of a run: pure functions of its equity curve and its trades."""
