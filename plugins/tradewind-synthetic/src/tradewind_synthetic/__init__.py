"""Seeded synthetic markets, a data source for Tradewind."""
