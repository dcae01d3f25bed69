"""Sessions at a venue: the ledger says what is held, the kernel what to do, the desk does it."""
