"""Listen's parts."""
