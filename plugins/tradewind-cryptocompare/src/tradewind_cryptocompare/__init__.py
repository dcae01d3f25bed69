"""Crypto news scored on this machine, a daily sentiment for Tradewind."""
