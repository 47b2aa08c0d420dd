"""The words: frozen values and enums that two rooms mention; imports nothing of ours, does no I/O."""
