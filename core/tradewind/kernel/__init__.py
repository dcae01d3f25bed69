"""The one implementation of every trading rule, compiled."""
