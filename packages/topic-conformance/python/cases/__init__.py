"""The cases, one module per theme.

Add new cases at the end of a theme: ids are numbered in order, and an id is never reassigned to another case.
"""
