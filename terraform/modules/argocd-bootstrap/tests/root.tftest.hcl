mock_provider "helm" {}
mock_provider "kubernetes" {}

run "the_root_application_is_this_and_nothing_else" {
  command = plan

  assert {
    condition = jsonencode(yamldecode(helm_release.root.values[0])) == jsonencode({
      manifests = [
        {
          apiVersion = "argoproj.io/v1alpha1"
          kind       = "AppProject"
          metadata   = { name = "root", namespace = "argocd" }
          spec = {
            description  = "The root application, which makes applications and projects only"
            sourceRepos  = ["https://github.com/example/ml-clusters.git"]
            destinations = [{ server = "https://kubernetes.default.svc", namespace = "argocd" }]
            namespaceResourceWhitelist = [
              { group = "argoproj.io", kind = "Application" },
              { group = "argoproj.io", kind = "ApplicationSet" },
              { group = "argoproj.io", kind = "AppProject" },
            ]
          }
        },
        {
          apiVersion = "argoproj.io/v1alpha1"
          kind       = "Application"
          metadata   = { name = "root", namespace = "argocd" }
          spec = {
            project     = "root"
            source      = { repoURL = "https://github.com/example/ml-clusters.git", path = "gitops", targetRevision = "v1.2.0" }
            destination = { server = "https://kubernetes.default.svc", namespace = "argocd" }
            syncPolicy = {
              automated = { prune = true, selfHeal = true, allowEmpty = false }
              retry     = { limit = 10, backoff = { duration = "10s", factor = 2, maxDuration = "5m" } }
            }
          }
        },
      ]
    })
    error_message = "Another root application would be installed."
  }
}

# The values are the manifests; the template only writes them down.
run "the_chart_renders_its_values_as_they_are" {
  command = plan

  assert {
    condition     = fileset(helm_release.root.chart, "**") == toset(["Chart.yaml", "templates/manifests.yaml"]) && file("${helm_release.root.chart}/templates/manifests.yaml") == "{{- range .Values.manifests }}\n---\n{{ toYaml . }}\n{{- end }}\n"
    error_message = "What is installed is not what the values say: assert it, too."
  }
  assert {
    condition     = endswith(helm_release.root.chart, "/chart") && helm_release.root.chart == helm_release.namespace.chart && helm_release.root.repository == null
    error_message = "It comes from elsewhere."
  }
}

run "a_release_is_named_and_waits_for_its_deletion" {
  command = plan

  assert {
    condition     = helm_release.root.name == "argocd-root" && helm_release.root.namespace == "argocd" && helm_release.root.wait && helm_release.root.atomic && helm_release.root.upgrade_install
    error_message = "Argo CD could be taken out before its applications are."
  }
}

run "path_and_revision_have_defaults" {
  command = plan

  variables {
    repository = { url = "https://github.com/example/ml-clusters.git" }
  }

  assert {
    condition     = yamldecode(helm_release.root.values[0]).manifests[1].spec.source.path == "gitops" && yamldecode(helm_release.root.values[0]).manifests[1].spec.source.targetRevision == "main"
    error_message = "It applies something else."
  }
}

run "pruning_and_healing_can_be_turned_off" {
  command = plan

  variables {
    automated_sync = { prune = false, self_heal = false }
  }

  assert {
    condition     = jsonencode(yamldecode(helm_release.root.values[0]).manifests[1].spec.syncPolicy.automated) == jsonencode({ prune = false, selfHeal = false, allowEmpty = false })
    error_message = "It does what it was told not to."
  }
}

run "a_person_can_be_the_one_who_syncs" {
  command = plan

  variables {
    automated_sync = null
  }

  assert {
    condition     = keys(yamldecode(helm_release.root.values[0]).manifests[1].spec.syncPolicy) == ["retry"]
    error_message = "It syncs by itself."
  }
}

# The project's finalizer holds it until its application has gone, which cannot be deleted without it.
run "what_is_to_be_deleted_has_finalizers_and_time" {
  command = plan

  variables {
    delete_addons_on_destroy = true
  }

  assert {
    condition = alltrue([for manifest in yamldecode(helm_release.root.values[0]).manifests :
      manifest.metadata.finalizers == ["resources-finalizer.argocd.argoproj.io"]
    ])
    error_message = "Add-ons would outlive the cluster, or the application its project."
  }
  assert {
    condition     = helm_release.root.timeout == 2400
    error_message = "Machines of Karpenter take longer than that to drain."
  }
}
