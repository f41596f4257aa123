"""Splits, protocols and scores."""
