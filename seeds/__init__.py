"""Data the installation begins with: reference data with sources, and the invented world of the demo."""
