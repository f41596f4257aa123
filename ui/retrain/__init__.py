"""Retrain's parts."""
