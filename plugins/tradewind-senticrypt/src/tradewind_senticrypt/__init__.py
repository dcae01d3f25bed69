"""SentiCrypt: daily sentiment of bitcoin for Tradewind."""
