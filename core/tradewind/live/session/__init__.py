"""What every session is made of, on paper and at a venue, and what runs beside it."""
