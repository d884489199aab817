"""The hand-picked and the generated cases, one module a theme.

A theme grows at its end: ids are numbered in order, and an id is never given to another case.
"""
