"""Putting owned capacity into a unit of the live tree, and taking it out: what fits where, checks, the edit."""
