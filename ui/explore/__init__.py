"""Explore's parts."""
