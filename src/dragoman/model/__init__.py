"""The words that every room uses: frozen values and enums.

Imports nothing of ours and does no I/O; a noun that two rooms mention lives here.
"""
