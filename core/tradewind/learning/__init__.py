"""Trained models without any vendor library: their contract, their worth, their cards and where they are kept."""
