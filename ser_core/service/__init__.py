"""Undertone over HTTP and WebSocket: ``undertone serve``."""
