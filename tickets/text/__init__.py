"""From what arrived to what was said: broken characters, HTML and mail."""
