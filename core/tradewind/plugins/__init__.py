"""How plugins declare themselves, are found, loaded and catalogued."""
