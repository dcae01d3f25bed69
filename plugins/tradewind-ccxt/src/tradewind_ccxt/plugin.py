"""What tradewind-ccxt offers."""
