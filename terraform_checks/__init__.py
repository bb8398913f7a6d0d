"""Checks every module under terraform/modules: `make terraform-check`.

Nothing is written into the modules: every check works on a copy.
"""
