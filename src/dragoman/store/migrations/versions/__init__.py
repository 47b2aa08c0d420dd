"""The revisions, each a module that is named by its number."""
