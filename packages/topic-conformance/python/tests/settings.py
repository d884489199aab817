"""What tests/run.py sets for the random tests."""

seed = 1
values = 20_000
