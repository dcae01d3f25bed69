"""Frozen records of the domain: no input, no output, no clock."""
