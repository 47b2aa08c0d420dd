"""Commands, each a thin call of the rooms below."""
