# Whether blocks overlap, by counting addresses: a way of its own, so that the module's arithmetic is not tested with itself.
terraform {
  required_version = ">= 1.11"
}

variable "blocks" {
  description = "IPv4 blocks by name."
  type        = map(string)
}

variable "within" {
  description = "The block that all of them should lie in."
  type        = string
}

locals {
  spans = {
    for name, block in merge(var.blocks, { "" = var.within }) : name => {
      first = local.firsts[name]
      last  = local.firsts[name] + pow(2, 32 - tonumber(split("/", block)[1])) - 1
    }
  }
  firsts = {
    for name, block in merge(var.blocks, { "" = var.within }) : name => sum([
      for place, octet in split(".", split("/", block)[0]) : tonumber(octet) * pow(256, 3 - place)
    ])
  }
}

output "overlapping" {
  description = "Pairs of names whose blocks share an address."
  value = [
    for pair in setproduct(keys(var.blocks), keys(var.blocks)) : join(" ", pair)
    if pair[0] != pair[1] && sort(pair)[0] == pair[0] && local.spans[pair[0]].first <= local.spans[pair[1]].last && local.spans[pair[1]].first <= local.spans[pair[0]].last
  ]
}

output "outside" {
  description = "Names whose blocks have an address outside of within."
  value       = [for name in keys(var.blocks) : name if local.spans[name].first < local.spans[""].first || local.spans[name].last > local.spans[""].last]
}
