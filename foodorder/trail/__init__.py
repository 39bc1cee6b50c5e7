"""Who did what: an append-only table, sealed by a hash chain."""
