locals {
  # Argo CD's names; ephemeral, like the secret in it.
  repository_secret = var.repository_credential == null ? {} : merge(
    { type = "git", url = var.repository.url },
    {
      github_app = {
        githubAppID             = var.repository_credential.github_app_id
        githubAppInstallationID = var.repository_credential.github_app_installation_id
        githubAppPrivateKey     = local.private_key
      }
      ssh   = { sshPrivateKey = local.private_key }
      https = { username = var.repository_credential.username, password = var.repository_secret }
    }[var.repository_credential.kind],
    var.repository_credential.github_api == null ? {} : { githubAppEnterpriseBaseUrl = var.repository_credential.github_api },
  )

  # Secret stores trim the last line's end, without which a key is not read.
  private_key = var.repository_secret == null ? null : "${trimspace(var.repository_secret)}\n"

  # The provider writes only when this number changes. It stands for everything that is written beside the secret itself.
  repository_revision = 1 + parseint(substr(sha256(jsonencode([var.repository.url, var.repository_credential])), 0, 7), 16)
}

resource "kubernetes_secret_v1" "repository" {
  count = var.repository_credential == null ? 0 : 1

  metadata {
    name      = "gitops-repository"
    namespace = local.namespace
    labels    = { "argocd.argoproj.io/secret-type" = "repository" }
  }

  data_wo          = local.repository_secret
  data_wo_revision = local.repository_revision

  depends_on = [helm_release.namespace]
}
