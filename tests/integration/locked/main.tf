# Work that goes on until somebody says so, so that a lock can be met for certain.
terraform {
  required_version = ">= 1.11"

  backend "s3" {}
}

variable "names" {
  description = "What there shall be."
  type        = set(string)
}

variable "folder" {
  description = "Where begun is written when something is made; the making ends once go-on is there, or after a minute."
  type        = string
}

resource "terraform_data" "this" {
  for_each = var.names
  input    = each.key

  provisioner "local-exec" {
    command = "touch begun; for _ in $(seq 600); do [ -e go-on ] && exit; sleep 0.1; done; exit 1"

    working_dir = var.folder
  }
}
