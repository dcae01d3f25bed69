"""Squeeze breakout with a tight stop, a strategy for Tradewind."""
