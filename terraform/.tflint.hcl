# Only the ruleset that is built into tflint: nothing is fetched, `tflint --init` is not needed.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Files are named for what they hold where a module is long, and an example needs neither variables nor outputs.
rule "terraform_standard_module_structure" {
  enabled = false
}
