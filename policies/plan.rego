# A plan as the policies ask for it: what `terraform show -json` prints of it.
package plan

of_types(types) := [each |
	some each in input.resource_changes
	each.mode == "managed"
	each.type in types
]

# What is made or changed, and so is as change.after says when the plan is applied.
written(types) := [each |
	some each in of_types(types)
	some action in {"create", "update"}
	action in each.change.actions
]

# What is gone or replaced.
destroyed(types) := [each |
	some each in of_types(types)
	"delete" in each.change.actions
]

# Two halves of all addresses are all addresses.
everybody(cidr) if regex.match(`/[01]$`, cidr)
