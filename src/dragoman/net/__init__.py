"""Thin asyncio shells around the protocols; they carry bytes and decide nothing."""
