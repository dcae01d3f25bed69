"""Run plans over history, and say what the outcome is worth."""
