"""A project of one's own: its categories, keyword rules and model, made from labelled tickets."""
