"""The counters: the only place that knows request, session and forms."""
