"""The database: sessions, orders, fills, ledger and decisions; the write-ahead journal."""
