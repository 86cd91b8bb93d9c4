"""Training again and the gate, measured on streams of labelled tickets that people judge."""
