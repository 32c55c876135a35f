"""The one error the harness raises on purpose."""


class BenchmarkError(Exception):
    """Something a person can mend: its text says what is wrong and what to do."""
