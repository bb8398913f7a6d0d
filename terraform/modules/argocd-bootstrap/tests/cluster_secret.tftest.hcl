mock_provider "helm" {}
mock_provider "kubernetes" {}

run "the_secret_is_that_of_the_cluster_it_is_in" {
  command = plan

  assert {
    condition     = kubernetes_secret_v1.cluster.metadata[0].name == "in-cluster" && kubernetes_secret_v1.cluster.metadata[0].namespace == "argocd"
    error_message = "A replacement is a moment without a cluster, in which ApplicationSets delete everything."
  }
  assert {
    condition = nonsensitive(kubernetes_secret_v1.cluster.data) == tomap({
      name   = "ml-training"
      server = "https://kubernetes.default.svc"
      config = "{\"tlsClientConfig\":{\"insecure\":false}}"
    })
    error_message = "Argo CD would reach another cluster, or with a credential."
  }
}

run "a_bare_cluster_has_these_labels_and_annotations" {
  command = plan

  assert {
    condition = kubernetes_secret_v1.cluster.metadata[0].labels == tomap({
      "argocd.argoproj.io/secret-type" = "cluster"
      aws_account_id                   = "011111111111"
      aws_region                       = "us-east-1"
      enable_karpenter                 = "false"
      hyperpod                         = "false"
    })
    error_message = "Other add-ons are on."
  }
  assert {
    condition = kubernetes_secret_v1.cluster.metadata[0].annotations == tomap({
      addons_repo_path     = "gitops"
      addons_repo_revision = "v1.2.0"
      addons_repo_url      = "https://github.com/example/ml-clusters.git"
      aws_account_id       = "011111111111"
      aws_account_name     = "011111111111"
      aws_cluster_name     = "ml-training"
      aws_region           = "us-east-1"
      aws_vpc_id           = "vpc-0123456789abcdef0"
    })
    error_message = "Add-ons are told something else."
  }
}

run "everything_that_is_given_is_told" {
  command = plan

  variables {
    cluster = {
      name         = "ml-training"
      region       = "us-east-1"
      account_id   = "011111111111"
      account_name = "main"
      vpc_id       = "vpc-0123456789abcdef0"
    }
    karpenter = {
      controller_role_arn = "arn:aws:iam::011111111111:role/ml-training-karpenter"
      node_role_name      = "ml-training-karpenter-node"
      queue_name          = "ml-training-karpenter"
    }
    efa_security_group_id = "sg-0123456789abcdef0"
    addons                = { gpu_operator = true, kueue = false }
    labels                = { environment = "production" }
    annotations           = { "example.com/loki-role" = "arn:aws:iam::011111111111:role/loki" }
  }

  assert {
    condition = kubernetes_secret_v1.cluster.metadata[0].labels == tomap({
      "argocd.argoproj.io/secret-type" = "cluster"
      aws_account_id                   = "011111111111"
      aws_region                       = "us-east-1"
      enable_gpu_operator              = "true"
      enable_karpenter                 = "true"
      enable_kueue                     = "false"
      environment                      = "production"
      hyperpod                         = "false"
    })
    error_message = "A label is missing, or too much."
  }
  assert {
    condition = kubernetes_secret_v1.cluster.metadata[0].annotations == tomap({
      addons_repo_path              = "gitops"
      addons_repo_revision          = "v1.2.0"
      addons_repo_url               = "https://github.com/example/ml-clusters.git"
      aws_account_id                = "011111111111"
      aws_account_name              = "main"
      aws_cluster_name              = "ml-training"
      aws_region                    = "us-east-1"
      aws_vpc_id                    = "vpc-0123456789abcdef0"
      efa_security_group_id         = "sg-0123456789abcdef0"
      "example.com/loki-role"       = "arn:aws:iam::011111111111:role/loki"
      karpenter_controller_role_arn = "arn:aws:iam::011111111111:role/ml-training-karpenter"
      karpenter_namespace           = "kube-system"
      karpenter_node_role_name      = "ml-training-karpenter-node"
      karpenter_queue_name          = "ml-training-karpenter"
      karpenter_service_account     = "karpenter"
    })
    error_message = "An annotation is missing, or too much."
  }
  assert {
    condition     = output.enabled_addons == tolist(["gpu_operator", "karpenter"]) && tomap(output.labels) == kubernetes_secret_v1.cluster.metadata[0].labels && tomap(output.annotations) == kubernetes_secret_v1.cluster.metadata[0].annotations
    error_message = "Others are told something else."
  }
}

run "karpenter_can_wait_though_its_roles_are_there" {
  command = plan

  variables {
    karpenter = {
      controller_role_arn = "arn:aws:iam::011111111111:role/ml-training-karpenter"
      node_role_name      = "ml-training-karpenter-node"
      queue_name          = "ml-training-karpenter"
    }
    addons = { karpenter = false }
  }

  assert {
    condition     = kubernetes_secret_v1.cluster.metadata[0].labels["enable_karpenter"] == "false"
    error_message = "Karpenter is installed."
  }
}

run "what_hyperpods_chart_brings_is_off" {
  command = plan

  variables {
    hyperpod = { elsewhere = [] }
    addons   = { kueue = true }
  }

  assert {
    condition = kubernetes_secret_v1.cluster.metadata[0].labels == tomap({
      "argocd.argoproj.io/secret-type" = "cluster"
      aws_account_id                   = "011111111111"
      aws_region                       = "us-east-1"
      enable_efa_device_plugin         = "false"
      enable_karpenter                 = "false"
      enable_kueue                     = "true"
      enable_mpi_operator              = "false"
      enable_neuron_device_plugin      = "false"
      enable_nvidia_device_plugin      = "false"
      enable_training_operators        = "false"
      hyperpod                         = "true"
    })
    error_message = "Two device plugins, or two operators, would be in one cluster."
  }
}

run "what_hyperpods_chart_leaves_out_can_be_on" {
  command = plan

  variables {
    hyperpod = { elsewhere = ["nvidia-device-plugin", "neuron-device-plugin"] }
    addons   = { nvidia_device_plugin = true, neuron_device_plugin = false }
  }

  assert {
    condition = [for part in ["nvidia_device_plugin", "neuron_device_plugin", "efa_device_plugin"] :
      kubernetes_secret_v1.cluster.metadata[0].labels["enable_${part}"]
    ] == ["true", "false", "false"]
    error_message = "A device plugin is missing, or there twice."
  }
}
