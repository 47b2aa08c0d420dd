"""Open standards as values: bytes and clock readings in, values and bytes out.

Nothing here opens a socket, reads a clock, draws a random number or writes a log, so
each protocol can be tested by tables and properties and used on both ends of a wire.
"""
