"""audit: auditors follow every cent from spend back to the offer. Reads only; no tables of its own."""
