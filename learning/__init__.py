"""New models from what people said."""
