"""What we measure ourselves with: `make bench`."""
