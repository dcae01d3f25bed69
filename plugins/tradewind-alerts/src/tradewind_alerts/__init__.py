"""Alerts for people who are not looking."""
