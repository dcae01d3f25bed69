"""A local exchange that speaks the Binance Spot protocol, for Tradewind."""
