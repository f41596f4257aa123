"""A bundle and a recording in, an answer out; nothing of training."""
