"""An LLM behind the model's HTTP API: asks any OpenAI-compatible endpoint for the category of one ticket a call."""
