"""Schedules, cycles, orders and their lines: from the opening to the deadline."""
