variable "chart" {
  description = <<-EOT
    Where HyperPod's chart is. AWS publishes it as a folder of github.com/aws/sagemaker-hyperpod-cli and in no repository of charts:
    package it once into a registry of your own, or give the folder of a clone.
    `repository`: address of the repository or registry of charts (https://… or oci://…). Null: `name` is a folder.
    `name`: name of the chart in the repository, or the absolute path of the folder.
    `version`: exact version in the repository: the chart's own, `-g` and the beginning of `revision`, as the README packages it.
    Null for a folder.
    `revision`: the 40-digit commit of sagemaker-hyperpod-cli that it was made of. The chart's own version has been 0.1.0 throughout,
    so that only this tells one from another. Of a folder it tells Helm that there is something to upgrade, and nobody holds it
    against what is checked out there.
  EOT
  type = object({
    repository = optional(string)
    name       = string
    version    = optional(string)
    revision   = string
  })
  nullable = false

  validation {
    condition     = var.chart.repository == null || can(regex("^(https|oci)://[^/]+", var.chart.repository))
    error_message = "chart.repository begins with https:// or oci://."
  }

  validation {
    condition     = var.chart.repository != null || startswith(var.chart.name, "/")
    error_message = "Without a repository, chart.name is the absolute path of the chart's folder: Terragrunt runs Terraform in a folder of its own."
  }

  validation {
    condition     = var.chart.repository == null || can(regex("^[a-z0-9][a-z0-9-]*$", var.chart.name))
    error_message = "With a repository, chart.name is the name of the chart in it."
  }

  validation {
    condition     = (var.chart.repository == null) == (var.chart.version == null)
    error_message = "chart.version goes with a repository, and is left out for a folder, which has one version."
  }

  validation {
    condition     = var.chart.version == null || can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+-g[0-9a-f]{7,40}$", var.chart.version))
    error_message = "chart.version is one exact version that names its commit, such as 0.1.0-g011ca92: the chart's own, -g, and 7 or more digits of the commit, as the README packages it. A range, or 0.1.0 alone, would bring what nobody reviewed."
  }

  validation {
    condition     = var.chart.version == null ? true : startswith(var.chart.revision, try(regex("-g([0-9a-f]+)$", var.chart.version)[0], ""))
    error_message = "chart.version is of another commit than chart.revision: it ends with -g and the first digits of the revision."
  }

  validation {
    condition     = can(regex("^[0-9a-f]{40}$", var.chart.revision))
    error_message = "chart.revision is the whole commit of aws/sagemaker-hyperpod-cli, 40 digits: tags and branches move."
  }
}

variable "region" {
  description = "Region of the cluster, from whose registry the health monitoring agent's image comes. Told, because the chart falls back to another region where it cannot guess."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is the name of a region, such as us-west-2, and not of a zone."
  }
}

variable "release_name" {
  description = "Name of the release."
  type        = string
  default     = "hyperpod-dependencies"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$", var.release_name))
    error_message = "release_name has 1 to 53 lower-case letters, digits and hyphens, and a hyphen neither begins nor ends it."
  }
}

variable "elsewhere" {
  description = <<-EOT
    Parts that something else installs into the cluster, such as gitops/, and that the chart therefore leaves out: any of
    `efa-device-plugin`, `neuron-device-plugin`, `nvidia-device-plugin`, `training-operators` and `mpi-operator`. A device plugin
    from elsewhere must tolerate HyperPod's taint on unhealthy nodes and know its instance types, which begin with `ml.`.
  EOT
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setintersection(var.elsewhere, ["deep-health-check", "health-monitoring-agent", "hyperpod-patching", "job-auto-restart"])) == 0
    error_message = "Health checks, monitoring, restarts and patching are HyperPod's own and are nowhere else: machines would not be attached, or not recover."
  }

  validation {
    condition = length(setsubtract(var.elsewhere, [
      "efa-device-plugin", "mpi-operator", "neuron-device-plugin", "nvidia-device-plugin", "training-operators",
      "deep-health-check", "health-monitoring-agent", "hyperpod-patching", "job-auto-restart",
    ])) == 0
    error_message = "elsewhere knows efa-device-plugin, mpi-operator, neuron-device-plugin, nvidia-device-plugin and training-operators. Whatever else the chart has is off."
  }
}

variable "values" {
  description = "More values of the chart, as YAML. What this module sets wins over them."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.values == "" || can(keys(yamldecode(var.values)))
    error_message = "values is a YAML document with names and values, such as yamlencode({ … })."
  }
}
