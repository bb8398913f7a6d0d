locals {
  has = { for part in ["efa-device-plugin", "mpi-operator", "neuron-device-plugin", "nvidia-device-plugin", "training-operators"] :
    part => !contains(var.elsewhere, part)
  }

  # As the conditions in the chart's Chart.yaml name them. What is off is said too, so that a new revision cannot turn it on.
  values = {
    global                  = { region = var.region }
    health-monitoring-agent = { enabled = true, region = var.region }
    # It also makes the namespace aws-hyperpod, which has no other name.
    deep-health-check = { enabled = true }
    job-auto-restart  = { enabled = true }
    hyperpod-patching = { enabled = true }

    aws-efa-k8s-device-plugin = { devicePlugin = { enabled = local.has["efa-device-plugin"] } }
    neuron-device-plugin      = { devicePlugin = { enabled = local.has["neuron-device-plugin"] } }
    nvidia-device-plugin      = { devicePlugin = { enabled = local.has["nvidia-device-plugin"] } }
    trainingOperators         = { enabled = local.has["training-operators"] }
    mpi-operator              = { enabled = local.has["mpi-operator"] }

    cert-manager                 = { enabled = false }
    cluster-role-and-bindings    = { enabled = false }
    gpu-operator                 = { enabled = false }
    inferenceOperators           = { enabled = false }
    mlflow                       = { enabled = false }
    namespaced-role-and-bindings = { enabled = false }
    storage                      = { enabled = false }
    team-role-and-bindings       = { enabled = false }
  }
}

resource "helm_release" "this" {
  name        = var.release_name
  namespace   = "kube-system"
  repository  = var.chart.repository
  chart       = var.chart.name
  version     = var.chart.version
  description = "aws/sagemaker-hyperpod-cli ${var.chart.revision}"

  # Charts that it needs are in a package; a folder fetches them.
  dependency_update = var.chart.repository == null

  values = concat(var.values == "" ? [] : [var.values], [yamlencode(local.values)])

  # Nothing of it can run before HyperPod's machines are there, and they wait for it.
  wait          = false
  wait_for_jobs = false
  atomic        = false

  max_history = 5
}
