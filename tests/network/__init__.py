"""How servers of others are reached."""
