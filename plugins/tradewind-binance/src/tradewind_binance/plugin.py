"""What tradewind-binance offers."""
