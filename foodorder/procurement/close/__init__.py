"""The steps of the close. Between them stands one temporary table, `close_line`: what becomes of each ordered line."""
