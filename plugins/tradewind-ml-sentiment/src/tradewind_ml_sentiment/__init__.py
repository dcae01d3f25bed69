"""A strategy on the predictions of a price and sentiment model, for Tradewind."""
