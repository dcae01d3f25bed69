"""Settings: read in layers, structured strictly, explained value by value."""
