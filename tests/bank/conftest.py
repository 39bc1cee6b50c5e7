"""Files of banks are tried without a database or a web request; few examples, always the same ones."""

from hypothesis import settings

settings.register_profile("bank", max_examples=40, deadline=None, derandomize=True, database=None)
settings.load_profile("bank")
