"""Southbound: the ways a message leaves for a mobile network."""
