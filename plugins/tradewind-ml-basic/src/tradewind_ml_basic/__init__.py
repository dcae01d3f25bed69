"""A strategy on the predictions of a price model, for Tradewind."""
