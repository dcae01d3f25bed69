"""What a session did, told again: against the backtester, the venue's ledger, and cent by cent."""
