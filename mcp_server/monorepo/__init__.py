"""The checked-in Terraform: the live tree, read without running anything.

What a value is when Terragrunt runs may hang on the environment, on commands and on other units' outputs. None of these
is asked here: such a value is unknown, and said to be.
"""
