"""Open standards as values: bytes in, values out, and back; no socket, no clock."""
