"""The Live page: the voice drawn as somebody speaks."""
