"""Arithmetic of a short message: alphabets, segments, headers, receipts, addresses.

Pure functions on text and octets; nothing here knows a customer, a price or a socket.
"""
