"""A bad day by script: what goes wrong, where, when, and how often."""
