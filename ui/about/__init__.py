"""About's words."""
