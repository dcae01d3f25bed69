"""Sessions on paper: the kernel's own state as the account, kept so that it can be gone on from."""
