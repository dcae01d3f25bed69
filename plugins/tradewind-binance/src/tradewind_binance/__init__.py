"""Binance Spot for Tradewind: history, closed bars live, and orders."""
