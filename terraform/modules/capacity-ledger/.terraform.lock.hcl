# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/aws" {
  version     = "6.55.0"
  constraints = ">= 5.100.0"
  hashes = [
    "h1:HtS/XPi9bhrfuyxg0mN/QV2H9fC9Kupo4G6ftchv5Iw=",
  ]
}
