"""Chat completions, as OpenAI-compatible endpoints offer them: what is sent, what comes back, what a failure means."""
