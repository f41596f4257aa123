"""Where somebody speaks, how good the recording is, how high the voice."""
