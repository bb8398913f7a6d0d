package main

deny contains message if {
	count(input.variables.mocked_dependencies.value) > 0
	message := sprintf("The plan is made of mocked outputs of %s. Apply those first, and plan again.", [concat(", ", sort(input.variables.mocked_dependencies.value))])
}

# Where a unit forgot to list a dependency: see mocks.hcl.
deny contains message if {
	some name, variable in input.variables
	name != "mocked_dependencies"
	walk(variable.value, [_, text])
	is_string(text)
	regex.match(`(^|[:/])mock-|^[a-z]+-(0{8}|0{15}[0-9]{2})$`, text)
	message := sprintf("The plan is made of mocks: the variable %s has %s. Apply what gives it, and plan again.", [name, text])
}
