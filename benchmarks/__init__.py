"""What `make bench` runs; `python -m benchmarks --help` says what there is."""
