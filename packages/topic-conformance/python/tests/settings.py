"""Settings of the random tests. tests/run.py overrides them."""

seed = 1
values = 20_000
