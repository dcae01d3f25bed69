"""What people must hear of a session, how urgently, and in which words."""
