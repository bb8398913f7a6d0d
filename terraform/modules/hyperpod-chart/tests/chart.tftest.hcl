mock_provider "helm" {}

variables {
  region = "us-west-2"
  chart = {
    repository = "oci://222222222222.dkr.ecr.us-west-2.amazonaws.com/charts"
    name       = "hyperpod-helm-chart"
    version    = "0.1.0-g0123456789ab"
    revision   = "0123456789abcdef0123456789abcdef01234567"
  }
}

run "what_health_and_recovery_need_is_on_and_the_rest_is_off" {
  command = plan

  assert {
    condition = jsonencode(yamldecode(helm_release.this.values[0])) == jsonencode({
      global                       = { region = "us-west-2" }
      health-monitoring-agent      = { enabled = true, region = "us-west-2" }
      deep-health-check            = { enabled = true }
      job-auto-restart             = { enabled = true }
      hyperpod-patching            = { enabled = true }
      aws-efa-k8s-device-plugin    = { devicePlugin = { enabled = true } }
      neuron-device-plugin         = { devicePlugin = { enabled = true } }
      nvidia-device-plugin         = { devicePlugin = { enabled = true } }
      trainingOperators            = { enabled = true }
      mpi-operator                 = { enabled = true }
      cert-manager                 = { enabled = false }
      cluster-role-and-bindings    = { enabled = false }
      gpu-operator                 = { enabled = false }
      inferenceOperators           = { enabled = false }
      mlflow                       = { enabled = false }
      namespaced-role-and-bindings = { enabled = false }
      storage                      = { enabled = false }
      team-role-and-bindings       = { enabled = false }
    })
    error_message = "A part is on or off that was not meant to be."
  }
}

run "what_is_elsewhere_is_off_and_nothing_else" {
  command = plan

  variables {
    elsewhere = ["efa-device-plugin", "mpi-operator", "neuron-device-plugin", "nvidia-device-plugin", "training-operators"]
  }

  assert {
    condition = jsonencode([for part in ["aws-efa-k8s-device-plugin", "neuron-device-plugin", "nvidia-device-plugin"] :
      yamldecode(helm_release.this.values[0])[part].devicePlugin.enabled
    ]) == jsonencode([false, false, false])
    error_message = "Two device plugins would fight for the same devices."
  }
  assert {
    condition     = !yamldecode(helm_release.this.values[0]).trainingOperators.enabled && !yamldecode(helm_release.this.values[0])["mpi-operator"].enabled
    error_message = "Two operators would handle the same jobs."
  }
  assert {
    condition = alltrue([for part in ["health-monitoring-agent", "deep-health-check", "job-auto-restart", "hyperpod-patching"] :
      yamldecode(helm_release.this.values[0])[part].enabled
    ])
    error_message = "HyperPod could not recover."
  }
}

run "one_part_elsewhere_leaves_the_others" {
  command = plan

  variables {
    elsewhere = ["nvidia-device-plugin"]
  }

  assert {
    condition = jsonencode([for part in ["aws-efa-k8s-device-plugin", "neuron-device-plugin", "nvidia-device-plugin"] :
      yamldecode(helm_release.this.values[0])[part].devicePlugin.enabled
    ]) == jsonencode([true, true, false])
    error_message = "Another part is off too."
  }
}

# Its pods need machines, and the machines need it.
run "it_waits_for_no_machine" {
  command = plan

  assert {
    condition     = helm_release.this.wait == false && helm_release.this.wait_for_jobs == false && helm_release.this.atomic == false
    error_message = "It would wait for machines that wait for it."
  }
}

run "it_comes_from_the_address_that_is_given" {
  command = plan

  assert {
    condition = (
      helm_release.this.repository == "oci://222222222222.dkr.ecr.us-west-2.amazonaws.com/charts" && helm_release.this.chart == "hyperpod-helm-chart" &&
      helm_release.this.version == "0.1.0-g0123456789ab" && helm_release.this.dependency_update == false
    )
    error_message = "Another chart is installed."
  }
  assert {
    condition     = helm_release.this.name == "hyperpod-dependencies" && helm_release.this.namespace == "kube-system"
    error_message = "The release is elsewhere."
  }
}

# The version of the chart never changes: without this Helm would see no difference.
run "another_revision_is_another_release" {
  command = plan

  assert {
    condition     = helm_release.this.description == "aws/sagemaker-hyperpod-cli 0123456789abcdef0123456789abcdef01234567"
    error_message = "A new revision would plan as no change."
  }
}

run "a_folder_fetches_what_it_needs" {
  command = plan

  variables {
    chart = {
      name     = "/clones/sagemaker-hyperpod-cli/helm_chart/HyperPodHelmChart"
      revision = "0123456789abcdef0123456789abcdef01234567"
    }
  }

  assert {
    condition     = helm_release.this.dependency_update && helm_release.this.repository == null && helm_release.this.chart == "/clones/sagemaker-hyperpod-cli/helm_chart/HyperPodHelmChart"
    error_message = "A folder lacks the charts of others that it needs."
  }
}

run "more_values_come_before_ours" {
  command = plan

  variables {
    values = "health-monitoring-agent: { enabled: false, debug: false }"
  }

  assert {
    condition     = length(helm_release.this.values) == 2 && helm_release.this.values[0] == var.values && yamldecode(helm_release.this.values[1])["health-monitoring-agent"].enabled
    error_message = "What HyperPod needs could be turned off."
  }
}

run "the_release_is_told_once_it_is_there" {
  command = apply

  override_resource {
    target = helm_release.this
    values = { id = "hyperpod-dependencies" }
  }

  assert {
    condition     = output.release == "kube-system/hyperpod-dependencies 0123456789abcdef0123456789abcdef01234567"
    error_message = "HyperPod would wait for another release."
  }
  assert {
    condition     = length(output.elsewhere) == 0
    error_message = "Something is said to be elsewhere."
  }
}
