"""How what people corrected comes to the workers that answer."""
