"""Adaptive moving averages with regime detection, a strategy for Tradewind."""
