"""A signal in, numbers out: what the networks are given."""
