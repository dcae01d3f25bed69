"""Other venues through ccxt, for Tradewind: history, closed bars live, and orders (beta)."""
