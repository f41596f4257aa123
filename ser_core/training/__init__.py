"""Settings and examples in, a fitted network out."""
