"""The formulas, one module per category, one function per catalogue name."""
