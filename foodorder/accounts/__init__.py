"""Municipalities, institutions, producers, people and their roles."""
