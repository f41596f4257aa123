"""Training in a child process, bounded."""
