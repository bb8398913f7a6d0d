"""What GPU capacity is: values and rules, without I/O."""
