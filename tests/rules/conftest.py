"""The rules are tested without a database, a web request or a clock of their own."""

from hypothesis import HealthCheck, settings

# Few examples, always the same ones: the whole folder runs in under two seconds, and fails twice alike.
settings.register_profile(
    "rules",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("rules")
