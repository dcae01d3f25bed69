"""What people ask of a running session: how it reaches the session, is carried out and answered."""
