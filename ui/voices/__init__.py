"""Real voices to fetch and play."""
