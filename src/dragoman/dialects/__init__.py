"""The vendors' HTTP languages, both directions, as pure functions; one module each."""
