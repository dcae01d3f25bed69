"""The order desk: every request to a venue, the chain that protects each position, the ledger."""
