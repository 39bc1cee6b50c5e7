"""Procurement records (naročilnice) made from closed cycles, their corrections and their documents."""
