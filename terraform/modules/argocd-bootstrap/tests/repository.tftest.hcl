mock_provider "helm" {}
mock_provider "kubernetes" {}

variables {
  repository_credential = { kind = "github_app", github_app_id = "123456", github_app_installation_id = "12345678" }
  repository_secret     = "-----BEGIN RSA PRIVATE KEY-----\nNOBODY-SEES-THIS\n-----END RSA PRIVATE KEY-----"
}

run "a_credential_is_in_nothing_that_is_kept" {
  command = apply

  assert {
    condition = alltrue([for kept in [kubernetes_secret_v1.repository, kubernetes_secret_v1.cluster, helm_release.argocd, helm_release.namespace, helm_release.root] :
      !strcontains(nonsensitive(jsonencode(kept)), "NOBODY-SEES-THIS")
    ])
    error_message = "The state would hold a private key."
  }
  assert {
    condition     = kubernetes_secret_v1.repository[0].data_wo == null && kubernetes_secret_v1.repository[0].data_wo_revision >= 1
    error_message = "The provider reads a secret back into the state unless it is written by data_wo with a revision."
  }
}

run "argo_cd_knows_the_secret_for_a_repository" {
  command = plan

  assert {
    condition = (
      kubernetes_secret_v1.repository[0].metadata[0].namespace == "argocd" && kubernetes_secret_v1.repository[0].metadata[0].name == "gitops-repository" &&
      kubernetes_secret_v1.repository[0].metadata[0].labels == tomap({ "argocd.argoproj.io/secret-type" = "repository" })
    )
    error_message = "Argo CD would not look at it."
  }
}

# Secret stores trim the last line's end, and a key without it is not read.
run "the_key_of_a_github_app_ends_with_a_line_end" {
  command = plan

  assert {
    condition = local.repository_secret == tomap({
      type                    = "git"
      url                     = "https://github.com/example/ml-clusters.git"
      githubAppID             = "123456"
      githubAppInstallationID = "12345678"
      githubAppPrivateKey     = "-----BEGIN RSA PRIVATE KEY-----\nNOBODY-SEES-THIS\n-----END RSA PRIVATE KEY-----\n"
    })
    error_message = "Argo CD could not read the repository."
  }
}

run "a_github_of_ones_own_is_asked_by_its_api" {
  command = plan

  variables {
    repository            = { url = "https://github.example.com/ml/ml-clusters" }
    repository_credential = { kind = "github_app", github_app_id = "1", github_app_installation_id = "2", github_api = "https://github.example.com/api/v3" }
  }

  assert {
    condition     = local.repository_secret["githubAppEnterpriseBaseUrl"] == "https://github.example.com/api/v3"
    error_message = "The App would be looked for on github.com."
  }
}

run "a_key_of_ssh_is_written_for_ssh" {
  command = plan

  variables {
    repository            = { url = "git@github.com:example/ml-clusters.git" }
    repository_credential = { kind = "ssh" }
    repository_secret     = "-----BEGIN OPENSSH PRIVATE KEY-----\nkey\n-----END OPENSSH PRIVATE KEY-----\n"
  }

  assert {
    condition = local.repository_secret == tomap({
      type          = "git"
      url           = "git@github.com:example/ml-clusters.git"
      sshPrivateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nkey\n-----END OPENSSH PRIVATE KEY-----\n"
    })
    error_message = "Argo CD could not read the repository."
  }
}

run "a_token_is_a_password" {
  command = plan

  variables {
    repository_credential = { kind = "https", username = "argocd" }
    repository_secret     = "a-token-of-nobody"
  }

  assert {
    condition = local.repository_secret == tomap({
      type     = "git"
      url      = "https://github.com/example/ml-clusters.git"
      username = "argocd"
      password = "a-token-of-nobody"
    })
    error_message = "Argo CD could not read the repository."
  }
}

run "a_repository_that_anybody_reads_has_no_secret" {
  command = plan

  variables {
    repository_credential = null
    repository_secret     = null
  }

  assert {
    condition     = length(kubernetes_secret_v1.repository) == 0
    error_message = "An empty credential would be sent to the repository."
  }
}

run "the_same_credential_is_written_once" {
  command = plan

  assert {
    condition     = kubernetes_secret_v1.repository[0].data_wo_revision == 219707980
    error_message = "Every release of this module would write the credential again."
  }
}

# Only the number tells the provider to write: neither a new address nor a new installation would reach Argo CD without it.
run "another_address_is_written" {
  command = plan

  variables {
    repository = { url = "https://github.com/example/other.git" }
  }

  assert {
    condition     = kubernetes_secret_v1.repository[0].data_wo_revision != 219707980
    error_message = "The secret keeps the old address."
  }
}

run "another_installation_is_written" {
  command = plan

  variables {
    repository_credential = { kind = "github_app", github_app_id = "123456", github_app_installation_id = "99" }
  }

  assert {
    condition     = kubernetes_secret_v1.repository[0].data_wo_revision != 219707980
    error_message = "The secret keeps the old installation."
  }
}

run "another_version_is_written" {
  command = plan

  variables {
    repository_credential = { kind = "github_app", github_app_id = "123456", github_app_installation_id = "12345678", version = "2" }
  }

  assert {
    condition     = kubernetes_secret_v1.repository[0].data_wo_revision != 219707980
    error_message = "A rotated key would not reach Argo CD."
  }
}

run "another_revision_of_the_repository_writes_no_secret" {
  command = plan

  variables {
    repository = { url = "https://github.com/example/ml-clusters.git", revision = "v1.3.0" }
  }

  assert {
    condition     = kubernetes_secret_v1.repository[0].data_wo_revision == 219707980
    error_message = "Every release would write the credential again."
  }
}
