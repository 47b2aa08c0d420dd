"""Arithmetic of a short message: alphabets, user data headers, segments, receipt texts."""
