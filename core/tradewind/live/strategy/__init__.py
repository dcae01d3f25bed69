"""Strategies at work: asked for one bar's decision, exchanged while the session runs."""
