"""What the pages share. Nothing here computes: that is ser_core's work."""
