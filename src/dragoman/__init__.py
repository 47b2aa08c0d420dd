"""Dragoman: an SMS and MMS gateway that speaks everyone's HTTP API."""

__version__ = "0.1.0"
