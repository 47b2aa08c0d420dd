"""The world file: read, judged, compared with the store, applied, and written back."""
