"""Figures of a running session for Prometheus."""
