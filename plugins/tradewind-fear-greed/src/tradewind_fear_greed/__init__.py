"""The Crypto Fear & Greed index, a daily sentiment for Tradewind."""
