"""Northbound: the ways a customer reaches us."""
