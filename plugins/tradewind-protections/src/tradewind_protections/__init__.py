"""Cooldown, stop guard and low-profit lock for Tradewind."""
