package main

# Without this, whatever is no plan would break no rule.
deny contains message if {
	not input.format_version
	message := "This is no plan: give what `terraform show -json` prints of one."
}
