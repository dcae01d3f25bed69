"""Confluence of RSI, EMA and MACD, a strategy for Tradewind."""
