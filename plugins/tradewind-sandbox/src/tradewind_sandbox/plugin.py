"""What tradewind-sandbox offers."""
