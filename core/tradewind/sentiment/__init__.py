"""Sentiment: daily scores from several sources made into features, joined by what was known when."""
