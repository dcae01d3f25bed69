"""What people look at of sessions: what is open, decided and found, as plain values."""
