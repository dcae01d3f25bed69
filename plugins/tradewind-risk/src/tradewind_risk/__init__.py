"""ATR sizing, regime and exposure policies for Tradewind."""
