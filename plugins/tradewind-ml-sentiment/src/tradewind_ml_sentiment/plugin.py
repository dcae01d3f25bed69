"""What this distribution offers."""
