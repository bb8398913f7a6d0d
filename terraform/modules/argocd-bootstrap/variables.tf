variable "cluster" {
  description = "The EKS cluster that Argo CD is installed in, told to gitops/ by annotations: `name`, `region`, `account_id` and `vpc_id`. `account_name`: what the folder of its account is called in gitops/clusters/. Null: its id."
  type = object({
    name         = string
    region       = string
    account_id   = string
    account_name = optional(string)
    vpc_id       = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", var.cluster.name))
    error_message = "cluster.name is the name of an EKS cluster: up to 100 letters, digits, hyphens and underscores, and not an ARN."
  }

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.cluster.region))
    error_message = "cluster.region is the name of a region, such as us-west-2, and not of a zone."
  }

  validation {
    condition     = can(regex("^[0-9]{12}$", var.cluster.account_id))
    error_message = "cluster.account_id has 12 digits. Put it in quotes: as a number it loses zeros at its beginning."
  }

  validation {
    condition     = var.cluster.account_name == null || can(regex("^[0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?$", var.cluster.account_name))
    error_message = "cluster.account_name is a folder's name: lower-case letters, digits and hyphens, such as main."
  }

  validation {
    condition     = can(regex("^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", var.cluster.vpc_id))
    error_message = "cluster.vpc_id is the id of a VPC, such as vpc-0123456789abcdef0."
  }
}

variable "repository" {
  description = <<-EOT
    The Git repository that Argo CD applies.
    `url`: https://…, or git@host:… and ssh://… with an SSH key. Never with a credential in it.
    `path`: folder of what the root application applies, relative to the repository.
    `revision`: branch, tag or commit. Give production a tag or a commit if nothing is to come by a merge alone.
  EOT
  type = object({
    url      = string
    path     = optional(string, "gitops")
    revision = optional(string, "main")
  })
  nullable = false

  validation {
    condition     = can(regex("^(https://[^/@\\s]+/[^@\\s]+|ssh://([a-z0-9_-]+@)?[^/@:\\s]+(:[0-9]+)?/[^@\\s]+|[a-z0-9_-]+@[^/@:\\s]+:[^@\\s]+)$", var.repository.url))
    error_message = "repository.url begins with https://, ssh:// or git@host:, and has no user, password or token in it: it is seen in the state and in the cluster. The credential comes in by repository_credential and repository_secret."
  }

  validation {
    condition     = can(regex("^[^/\\s][^\\s]*$", var.repository.path)) && !contains(split("/", var.repository.path), "..")
    error_message = "repository.path is a folder relative to the repository, such as gitops, without a slash before it and without `..`."
  }

  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z._/-]*$", var.repository.revision)) && var.repository.revision != "HEAD"
    error_message = "repository.revision is the name of a branch or a tag, or a commit. HEAD is whatever the repository's default becomes: name the branch."
  }
}

variable "repository_credential" {
  description = <<-EOT
    How Argo CD reads the repository. The secret itself is `repository_secret`. Null: anybody may read it.
    `kind`: github_app, ssh or https.
    `github_app_id`, `github_app_installation_id`: with github_app.
    `github_api`: with github_app, the API of GitHub Enterprise Server, such as https://github.example.com/api/v3.
    `username`: with https; anything that is not empty, if the password is a token of GitHub.
    `version`: anything that changes when the secret does, such as the version id in Secrets Manager. Only then it is written again.
  EOT
  type = object({
    kind                       = string
    github_app_id              = optional(string)
    github_app_installation_id = optional(string)
    github_api                 = optional(string)
    username                   = optional(string)
    version                    = optional(string, "1")
  })
  default = null

  validation {
    condition     = var.repository_credential == null || contains(["github_app", "ssh", "https"], try(var.repository_credential.kind, ""))
    error_message = "repository_credential.kind is github_app, ssh or https."
  }

  validation {
    condition     = try(var.repository_credential.kind, "") != "github_app" || try(alltrue([for id in [var.repository_credential.github_app_id, var.repository_credential.github_app_installation_id] : can(regex("^[0-9]+$", id))]), false)
    error_message = "A GitHub App needs github_app_id and github_app_installation_id, both numbers. The second is in the address of the App's page in the organisation's settings."
  }

  validation {
    condition     = try(var.repository_credential.kind, "github_app") == "github_app" || alltrue([for name in ["github_app_id", "github_app_installation_id", "github_api"] : try(var.repository_credential[name], null) == null])
    error_message = "github_app_id, github_app_installation_id and github_api belong to the kind github_app only."
  }

  validation {
    condition     = try(var.repository_credential.github_api, null) == null || can(regex("^https://[^/@\\s]+/", var.repository_credential.github_api))
    error_message = "repository_credential.github_api begins with https:// and has a path, such as https://github.example.com/api/v3."
  }

  validation {
    condition     = (try(var.repository_credential.kind, "") == "https") == (try(length(var.repository_credential.username), 0) > 0)
    error_message = "username goes with the kind https, which needs one, and with no other."
  }

  validation {
    condition     = var.repository_credential == null || (try(var.repository_credential.kind, "") == "ssh") == !startswith(var.repository.url, "https://")
    error_message = "An SSH key reads git@host:… and ssh://…; a GitHub App and a token read https://…. Change repository.url or repository_credential.kind."
  }

  validation {
    condition     = var.repository_credential != null || startswith(var.repository.url, "https://")
    error_message = "Nobody reads a repository over SSH without a key: give repository_credential, or an address with https://."
  }
}

variable "repository_secret" {
  description = "The private key of the GitHub App or of SSH as PEM, or the token or password for https. It is written into the cluster and nowhere else: not into plans nor the state. Take it from an ephemeral resource or a variable that is ephemeral. Needed at every plan, since only the provider knows whether it is written."
  type        = string
  ephemeral   = true
  sensitive   = true
  default     = null

  validation {
    condition     = (var.repository_secret == null) == (var.repository_credential == null)
    error_message = "repository_secret and repository_credential go together: one says how the repository is read, the other with what."
  }

  validation {
    condition     = var.repository_secret == null ? true : try(var.repository_credential.kind, "https") == "https" || startswith(trimspace(coalesce(var.repository_secret, " ")), "-----BEGIN ")
    error_message = "repository_secret is not a private key. For the kinds github_app and ssh it is PEM and begins with -----BEGIN; it must not be encoded in Base64 again."
  }

  validation {
    condition     = try(var.repository_credential.kind, "ssh") != "https" || can(regex("^[^\\s]+$", var.repository_secret))
    error_message = "repository_secret is not a token: for the kind https it is one word. A private key belongs to the kinds github_app and ssh."
  }
}

variable "addons" {
  description = <<-EOT
    Which add-ons gitops/ installs: true or false by its name there, such as gpu_operator. The cluster's secret gets the label
    `enable_NAME` for each, which ApplicationSets select by. An ApplicationSet that does not find its label any more deletes the
    add-on with all that it made. `karpenter` is true by itself where `karpenter` is given. On HyperPod's clusters what its chart
    brings is false by itself.
  EOT
  type        = map(bool)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.addons) : can(regex("^[a-z]([a-z0-9_]{0,54}[a-z0-9])?$", name))])
    error_message = "Names of addons have up to 56 lower-case letters, digits and underscores, since enable_NAME is a label: gpu_operator, not gpu-operator."
  }

  validation {
    condition     = alltrue([for on in values(var.addons) : on != null])
    error_message = "An add-on of addons is null: say true or false, or leave it out."
  }

  validation {
    condition = length(setintersection(keys(var.addons), [
      "argocd", "aws_ebs_csi_driver", "aws_efs_csi_driver", "aws_fsx_csi_driver", "aws_mountpoint_s3_csi_driver",
      "coredns", "eks_pod_identity_agent", "kube_proxy", "vpc_cni",
    ])) == 0
    error_message = "Argo CD, VPC CNI, CoreDNS, kube-proxy, Pod Identity's agent and the CSI drivers are Terraform's: two owners would change each other's work for ever."
  }

  validation {
    condition     = !try(var.addons.karpenter, false) || var.karpenter != null
    error_message = "addons turns karpenter on, and karpenter is null: give it eks-cluster's output, without which Karpenter has no role."
  }

  validation {
    condition = var.hyperpod == null || alltrue([
      for name, on in var.addons : on != true ||
      !contains(["efa_device_plugin", "mpi_operator", "neuron_device_plugin", "nvidia_device_plugin", "training_operators"], name) ||
      contains(try(var.hyperpod.elsewhere, []), replace(name, "_", "-"))
    ])
    error_message = "addons turns on what HyperPod's chart brings too, and two of them would fight for the same devices or jobs: name it in elsewhere of hyperpod-chart, or leave it out of addons."
  }

  validation {
    condition     = alltrue([for part in try(var.hyperpod.elsewhere, []) : contains(keys(var.addons), replace(part, "-", "_"))])
    error_message = "HyperPod's chart leaves out what nothing installs: ${join(", ", [for part in try(var.hyperpod.elsewhere, []) : part if !contains(keys(var.addons), replace(part, "-", "_"))])}. Give each in addons, with underscores: true, or false if no machine needs it."
  }
}

variable "hyperpod" {
  description = "Of a cluster that a HyperPod cluster is attached to. `elsewhere`: the output of that name of hyperpod-chart; the parts that its chart leaves out, and that addons must say true or false to. What it does not leave out gets the label false. Null: no HyperPod."
  type = object({
    elsewhere = set(string)
  })
  default = null

  validation {
    condition = var.hyperpod == null || length(setsubtract(try(var.hyperpod.elsewhere, []), [
      "efa-device-plugin", "mpi-operator", "neuron-device-plugin", "nvidia-device-plugin", "training-operators",
    ])) == 0
    error_message = "hyperpod.elsewhere knows what hyperpod-chart does: efa-device-plugin, mpi-operator, neuron-device-plugin, nvidia-device-plugin and training-operators."
  }
}

variable "karpenter" {
  description = "What Karpenter's chart and NodeClasses want: the output `karpenter` of eks-cluster. `namespace` and `service_account` are where eks-cluster's Pod Identity expects it. Null: no Karpenter."
  type = object({
    controller_role_arn = string
    node_role_name      = string
    queue_name          = string
    namespace           = optional(string, "kube-system")
    service_account     = optional(string, "karpenter")
  })
  default = null

  validation {
    condition     = var.karpenter == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/", var.karpenter.controller_role_arn))
    error_message = "karpenter.controller_role_arn is the ARN of a role."
  }

  validation {
    condition     = var.karpenter == null || can(regex("^[0-9A-Za-z+=,.@_-]{1,64}$", var.karpenter.node_role_name))
    error_message = "karpenter.node_role_name is the name of the nodes' role, which NodeClasses want, and not its ARN."
  }

  validation {
    condition     = var.karpenter == null || can(regex("^[0-9A-Za-z_-]{1,80}$", var.karpenter.queue_name))
    error_message = "karpenter.queue_name is the name of the queue of interruptions, not its URL nor its ARN."
  }

  validation {
    condition     = var.karpenter == null || try(alltrue([for name in [var.karpenter.namespace, var.karpenter.service_account] : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", name))]), false)
    error_message = "karpenter.namespace and karpenter.service_account are names of Kubernetes: lower-case letters, digits and hyphens."
  }
}

variable "efa_security_group_id" {
  description = "Id of the security group of EFA's traffic, for Karpenter's NodeClasses: security_group_id of efa-security-group. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.efa_security_group_id == null || can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", var.efa_security_group_id))
    error_message = "efa_security_group_id is the id of a security group, such as sg-0123456789abcdef0."
  }
}

variable "labels" {
  description = "More labels of the cluster's secret, for ApplicationSets to select by, such as environment = \"production\"."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([for key in keys(var.labels) :
      can(regex("^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[0-9A-Za-z]([0-9A-Za-z._-]{0,61}[0-9A-Za-z])?$", key)) && !strcontains(key, "argoproj.io/")
    ])
    error_message = "Keys of labels have up to 63 letters, digits, dots, hyphens and underscores, perhaps after a domain and a slash, which is not Argo CD's."
  }

  validation {
    condition     = alltrue([for value in values(var.labels) : can(regex("^([0-9A-Za-z]([0-9A-Za-z._-]{0,61}[0-9A-Za-z])?)?$", value))])
    error_message = "Values of labels have up to 63 letters, digits, dots, hyphens and underscores. What does not fit is an annotation."
  }

  validation {
    condition     = alltrue([for key in keys(var.labels) : !startswith(key, "enable_") && !contains(["aws_account_id", "aws_region", "hyperpod"], key)])
    error_message = "labels has a key that this module sets: add-ons are turned on by addons, and the rest comes from cluster and hyperpod."
  }
}

variable "annotations" {
  description = "More annotations of the cluster's secret, for ApplicationSets to read, such as an add-on's role ARN. Everybody who sees the state or the cluster's applications reads them: no secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([for key in keys(var.annotations) :
      can(regex("^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[0-9A-Za-z]([0-9A-Za-z._-]{0,61}[0-9A-Za-z])?$", key)) && !strcontains(key, "argoproj.io/")
    ])
    error_message = "Keys of annotations have up to 63 letters, digits, dots, hyphens and underscores, perhaps after a domain and a slash, which is not Argo CD's."
  }

  validation {
    condition = length(setintersection(keys(var.annotations), [
      "addons_repo_path", "addons_repo_revision", "addons_repo_url", "aws_account_id", "aws_account_name", "aws_cluster_name", "aws_region", "aws_vpc_id", "efa_security_group_id",
      "karpenter_controller_role_arn", "karpenter_namespace", "karpenter_node_role_name", "karpenter_queue_name", "karpenter_service_account",
    ])) == 0
    error_message = "annotations has a key that this module sets: use cluster, repository, karpenter and efa_security_group_id."
  }

  validation {
    condition = alltrue([for key, value in var.annotations :
      value != null &&
      !can(regex("(?i)(password|passwd|token|private_key|api_key|secret_key)$", key)) &&
      !can(regex("-----BEGIN |(AKIA|ASIA)[0-9A-Z]{16}|gh[opsur]_[0-9A-Za-z]{20}|github_pat_|://[^/@ ]+:[^/@ ]+@", value))
    ])
    error_message = "An annotation is null or looks like a credential. Keep credentials in Secrets Manager, and give the add-on its ARN and a role."
  }
}

variable "automated_sync" {
  description = "Whether the root application follows the repository by itself. `prune`: what is taken out of the repository is taken out of the cluster; it never empties it. `self_heal`: what is changed by hand is changed back. Null: a person syncs."
  type = object({
    prune     = optional(bool, true)
    self_heal = optional(bool, true)
  })
  default = {}
}

variable "delete_addons_on_destroy" {
  description = "Whether a destroy has Argo CD delete everything that it installed before it goes itself. Apply it before the destroy of a cluster: otherwise Karpenter's machines and load balancers outlive it and are charged. False: everything stays and runs on."
  type        = bool
  default     = false
  nullable    = false
}

variable "chart" {
  description = "Argo CD's chart. `repository`: address of the repository or registry of charts (https://… or oci://…), such as a mirror of your own. `name`. `version`: exact version of the chart, not of Argo CD. 10.1.1 has Argo CD 3.4.4, for Kubernetes 1.32 to 1.35."
  type = object({
    repository = optional(string, "https://argoproj.github.io/argo-helm")
    name       = optional(string, "argo-cd")
    version    = optional(string, "10.1.1")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^(https|oci)://[^/@\\s]+", var.chart.repository)) && !strcontains(coalesce(var.chart.repository, "@"), "@")
    error_message = "chart.repository begins with https:// or oci://, and has no user or password in it."
  }

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]*$", var.chart.name))
    error_message = "chart.name is the name of the chart in its repository: lower-case letters, digits and hyphens."
  }

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", var.chart.version))
    error_message = "chart.version is one exact version, such as 10.1.1, without v: a range would bring what nobody reviewed."
  }

  validation {
    condition     = try(tonumber(split(".", var.chart.version)[0]) >= 9, true)
    error_message = "chart.version is 9.0.0 or later: an older chart reads other values, and its Argo CD is not supported any more."
  }
}

variable "values" {
  description = "More values of Argo CD's chart, as YAML. They win over this module's, but cannot hold credentials, open Argo CD to the outside, or take its definitions or its namespace elsewhere."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.values == "" || can(keys(yamldecode(var.values)))
    error_message = "values is a YAML document with names and values, such as yamlencode({ … })."
  }

  validation {
    condition = alltrue([
      for key in ["clusterCredentials", "credentialTemplates", "repositories", "secret"] : !can(yamldecode(var.values).configs[key])
      ]) && !can(yamldecode(var.values).notifications.secret) && !can(yamldecode(var.values).externalRedis.password) && (
      !can(regex("-----BEGIN [A-Z ]*PRIVATE KEY|gh[opsur]_[0-9A-Za-z]{20}|github_pat_|(AKIA|ASIA)[0-9A-Z]{16}", var.values))
    )
    error_message = "values holds a credential, or a part of the chart that is made for one (configs.secret, configs.repositories, configs.credentialTemplates, configs.clusterCredentials, notifications.secret, externalRedis.password): it would be in the state. Let gitops/ fetch it from Secrets Manager into a Secret, and refer to that."
  }

  validation {
    condition = alltrue([
      for component in ["server", "applicationSet", "repoServer"] : alltrue(concat(
        [contains(["ClusterIP"], try(yamldecode(var.values)[component].service.type, "ClusterIP"))],
        [for way in ["ingress", "ingressGrpc", "httproute", "grpcroute", "route"] : !try(yamldecode(var.values)[component][way].enabled, false)],
      ))
    ])
    error_message = "values opens Argo CD to the outside. It stays within the cluster: use kubectl port-forward, or let gitops/ have an internal load balancer with single sign-on before argocd-server."
  }

  validation {
    condition     = alltrue([for key in ["crds", "fullnameOverride", "nameOverride", "namespaceOverride"] : !can(yamldecode(var.values)[key])])
    error_message = "values must leave crds, nameOverride, fullnameOverride and namespaceOverride alone: definitions stay when Argo CD goes, since with them every application would go; its names are known to others."
  }
}

variable "node_selector" {
  description = "Labels of the nodes for Argo CD, which must also be of managed node groups and not of capacity blocks."
  type        = map(string)
  default     = { "kubernetes.io/os" = "linux" }
  nullable    = false
}

variable "tolerations" {
  description = "Taints that Argo CD's pods bear, as Kubernetes has them: `effect` NoSchedule, PreferNoSchedule or NoExecute. Empty: it runs on nodes without taints, as eks-cluster's group system has."
  type = list(object({
    key      = string
    operator = optional(string, "Equal")
    value    = optional(string)
    effect   = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for each in var.tolerations : try(contains(["NoSchedule", "PreferNoSchedule", "NoExecute"], each.effect), each.effect == null)])
    error_message = "A toleration's effect is spelled as Kubernetes does: NoSchedule, PreferNoSchedule or NoExecute."
  }

  validation {
    condition     = alltrue([for each in var.tolerations : contains(["Equal", "Exists"], each.operator) && (each.operator == "Exists") == (each.value == null)])
    error_message = "A toleration has the operator Equal with a value, or Exists without one."
  }
}

variable "redis_high_availability" {
  description = "Whether Argo CD's cache runs three times. Needs three nodes: on two its third pod waits, and so does the apply. Everything else that can runs twice in any case."
  type        = bool
  default     = false
  nullable    = false
}
