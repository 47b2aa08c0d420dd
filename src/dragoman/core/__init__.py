"""The decisions: accept, screen, price, route, dispatch, receipts, expiry."""
