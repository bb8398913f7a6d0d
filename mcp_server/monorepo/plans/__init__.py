"""What plans of Terraform would do, unit by unit, and what about it is dangerous.

Of a plan only what changes is read, and of that no value leaves which either side marks as sensitive. `variables` are
looked at for mocks alone; `configuration`, `prior_state` and `planned_values` are never decoded.
"""
