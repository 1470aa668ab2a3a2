"""What the benchmarks share: a place with the real parts, clocks, and tables."""
