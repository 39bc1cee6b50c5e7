"""The steps of the close. They share a temporary table, `close_line`: what becomes of each line."""
