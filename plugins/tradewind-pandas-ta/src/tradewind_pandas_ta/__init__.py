"""The pandas-ta indicator catalogue and the regime detector, indicators for Tradewind."""
