"""From bars to plans: everything here is a pure function of the bars."""
