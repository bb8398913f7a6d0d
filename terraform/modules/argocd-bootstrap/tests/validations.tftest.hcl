# The module's variables without its resources: no provider is started, so that a run takes no time.

run "an_arn_as_name_of_the_cluster_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cluster = { name = "arn:aws:eks:us-east-1:011111111111:cluster/ml-training", region = "us-east-1", account_id = "011111111111", vpc_id = "vpc-0123456789abcdef0" }
  }

  expect_failures = [var.cluster]
}

run "a_zone_as_region_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cluster = { name = "ml-training", region = "us-east-1a", account_id = "011111111111", vpc_id = "vpc-0123456789abcdef0" }
  }

  expect_failures = [var.cluster]
}

run "an_account_that_lost_its_zero_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cluster = { name = "ml-training", region = "us-east-1", account_id = 11111111111, vpc_id = "vpc-0123456789abcdef0" }
  }

  expect_failures = [var.cluster]
}

run "an_account_name_that_is_a_path_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cluster = { name = "ml-training", region = "us-east-1", account_id = "011111111111", account_name = "../main", vpc_id = "vpc-0123456789abcdef0" }
  }

  expect_failures = [var.cluster]
}

run "a_name_as_vpc_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cluster = { name = "ml-training", region = "us-east-1", account_id = "011111111111", vpc_id = "ml-training" }
  }

  expect_failures = [var.cluster]
}

run "a_token_in_the_address_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "https://x-access-token:a-token-of-nobody@github.com/example/ml-clusters.git" }
  }

  expect_failures = [var.repository]
}

run "a_user_in_the_address_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "https://argocd@github.com/example/ml-clusters.git" }
  }

  expect_failures = [var.repository]
}

run "a_password_in_an_address_of_ssh_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "ssh://git:password@github.com/example/ml-clusters.git" }
  }

  expect_failures = [var.repository]
}

run "a_repository_without_tls_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "http://github.com/example/ml-clusters.git" }
  }

  expect_failures = [var.repository]
}

run "a_path_from_the_root_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "https://github.com/example/ml-clusters.git", path = "/gitops" }
  }

  expect_failures = [var.repository]
}

run "a_path_out_of_the_repository_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "https://github.com/example/ml-clusters.git", path = "gitops/../.." }
  }

  expect_failures = [var.repository]
}

run "an_empty_path_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "https://github.com/example/ml-clusters.git", path = "" }
  }

  expect_failures = [var.repository]
}

run "the_default_branch_as_head_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "https://github.com/example/ml-clusters.git", revision = "HEAD" }
  }

  expect_failures = [var.repository]
}

run "a_range_of_tags_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "https://github.com/example/ml-clusters.git", revision = "~1.2" }
  }

  expect_failures = [var.repository]
}

run "an_unknown_kind_of_credential_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "gitlab" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_credential]
}

run "a_github_app_without_its_installation_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "github_app", github_app_id = "1" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_credential]
}

run "a_name_of_a_github_app_as_its_id_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "github_app", github_app_id = "argocd", github_app_installation_id = "2" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_credential]
}

run "an_app_beside_a_token_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "https", username = "argocd", github_app_id = "1" }
    repository_secret     = "a-token-of-nobody"
  }

  expect_failures = [var.repository_credential]
}

run "an_api_without_tls_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "github_app", github_app_id = "1", github_app_installation_id = "2", github_api = "http://github.example.com/api/v3" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_credential]
}

run "a_token_without_a_user_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "https" }
    repository_secret     = "a-token-of-nobody"
  }

  expect_failures = [var.repository_credential]
}

run "an_empty_user_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "https", username = "" }
    repository_secret     = "a-token-of-nobody"
  }

  expect_failures = [var.repository_credential]
}

run "a_user_beside_a_github_app_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "github_app", github_app_id = "1", github_app_installation_id = "2", username = "argocd" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_credential]
}

run "a_key_of_ssh_for_https_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "ssh" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_credential]
}

run "a_github_app_for_ssh_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository            = { url = "git@github.com:example/ml-clusters.git" }
    repository_credential = { kind = "github_app", github_app_id = "1", github_app_installation_id = "2" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_credential]
}

run "ssh_without_a_key_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository = { url = "git@github.com:example/ml-clusters.git" }
  }

  expect_failures = [var.repository_credential]
}

run "a_credential_without_its_secret_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "github_app", github_app_id = "1", github_app_installation_id = "2" }
  }

  expect_failures = [var.repository_secret]
}

run "a_secret_without_its_credential_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_secret = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_secret]
}

run "a_key_in_base64_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "github_app", github_app_id = "1", github_app_installation_id = "2" }
    repository_secret     = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ=="
  }

  expect_failures = [var.repository_secret]
}

run "a_key_as_token_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "https", username = "argocd" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }

  expect_failures = [var.repository_secret]
}

run "an_empty_token_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository_credential = { kind = "https", username = "argocd" }
    repository_secret     = ""
  }

  expect_failures = [var.repository_secret]
}

run "an_add_on_with_hyphens_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    addons = { gpu-operator = true }
  }

  expect_failures = [var.addons]
}

run "an_add_on_longer_than_a_label_takes_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    addons = { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = true }
  }

  expect_failures = [var.addons]
}

run "an_add_on_that_is_neither_on_nor_off_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    addons = { kueue = null }
  }

  expect_failures = [var.addons]
}

run "an_add_on_of_eks_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    addons = { vpc_cni = false }
  }

  expect_failures = [var.addons]
}

run "argo_cd_as_its_own_add_on_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    addons = { argocd = true }
  }

  expect_failures = [var.addons]
}

run "karpenter_without_its_roles_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    addons = { karpenter = true }
  }

  expect_failures = [var.addons]
}

run "what_hyperpods_chart_brings_too_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    hyperpod = { elsewhere = ["efa-device-plugin"] }
    addons   = { efa_device_plugin = true, nvidia_device_plugin = true }
  }

  expect_failures = [var.addons]
}

run "a_part_that_nothing_installs_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    hyperpod = { elsewhere = ["nvidia-device-plugin"] }
  }

  expect_failures = [var.addons]
}

run "a_part_that_hyperpods_chart_does_not_have_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    hyperpod = { elsewhere = ["gpu-operator"] }
  }

  expect_failures = [var.hyperpod]
}

run "a_name_as_role_of_karpenter_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    karpenter = { controller_role_arn = "karpenter", node_role_name = "node", queue_name = "queue" }
  }

  expect_failures = [var.karpenter]
}

run "an_arn_as_role_of_nodes_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    karpenter = { controller_role_arn = "arn:aws:iam::011111111111:role/karpenter", node_role_name = "arn:aws:iam::011111111111:role/node", queue_name = "queue" }
  }

  expect_failures = [var.karpenter]
}

run "a_url_as_queue_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    karpenter = { controller_role_arn = "arn:aws:iam::011111111111:role/karpenter", node_role_name = "node", queue_name = "https://sqs.us-east-1.amazonaws.com/011111111111/queue" }
  }

  expect_failures = [var.karpenter]
}

run "a_namespace_that_kubernetes_refuses_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    karpenter = { controller_role_arn = "arn:aws:iam::011111111111:role/karpenter", node_role_name = "node", queue_name = "queue", namespace = "Karpenter" }
  }

  expect_failures = [var.karpenter]
}

run "no_service_account_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    karpenter = { controller_role_arn = "arn:aws:iam::011111111111:role/karpenter", node_role_name = "node", queue_name = "queue", service_account = "" }
  }

  expect_failures = [var.karpenter]
}

run "a_name_as_security_group_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    efa_security_group_id = "efa"
  }

  expect_failures = [var.efa_security_group_id]
}

run "a_label_of_argo_cd_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    labels = { "argocd.argoproj.io/secret-type" = "repository" }
  }

  expect_failures = [var.labels]
}

run "a_label_with_a_space_in_its_key_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    labels = { "cost centre" = "1" }
  }

  expect_failures = [var.labels]
}

run "a_label_with_an_arn_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    labels = { role = "arn:aws:iam::011111111111:role/loki" }
  }

  expect_failures = [var.labels]
}

run "a_label_that_turns_an_add_on_on_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    labels = { enable_kueue = "true" }
  }

  expect_failures = [var.labels]
}

run "a_label_that_is_set_already_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    labels = { aws_region = "us-east-1" }
  }

  expect_failures = [var.labels]
}

run "an_annotation_of_argo_cd_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { "argocd.argoproj.io/refresh" = "hard" }
  }

  expect_failures = [var.annotations]
}

run "an_annotation_with_a_space_in_its_key_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { "cost centre" = "1" }
  }

  expect_failures = [var.annotations]
}

run "an_annotation_that_is_set_already_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { aws_vpc_id = "vpc-0123456789abcdef0" }
  }

  expect_failures = [var.annotations]
}

run "an_annotation_that_is_null_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { role = null }
  }

  expect_failures = [var.annotations]
}

run "a_password_as_annotation_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { grafana_password = "hunter2" }
  }

  expect_failures = [var.annotations]
}

run "a_key_as_annotation_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { webhook = "-----BEGIN RSA PRIVATE KEY-----" }
  }

  expect_failures = [var.annotations]
}

run "an_access_key_as_annotation_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { loki = "AKIAIOSFODNN7EXAMPLE" }
  }

  expect_failures = [var.annotations]
}

run "a_token_of_github_as_annotation_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { github = "ghp_0123456789abcdefghij" }
  }

  expect_failures = [var.annotations]
}

run "an_address_with_a_password_as_annotation_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    annotations = { database = "postgres://mlflow:hunter2@db.example.com/mlflow" }
  }

  expect_failures = [var.annotations]
}

run "a_chart_without_tls_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "http://example.com/charts" }
  }

  expect_failures = [var.chart]
}

run "a_chart_with_a_password_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { repository = "https://argocd:hunter2@example.com/charts" }
  }

  expect_failures = [var.chart]
}

run "a_folder_as_chart_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { name = "./argo-cd" }
  }

  expect_failures = [var.chart]
}

run "a_range_of_versions_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { version = "~> 10.1" }
  }

  expect_failures = [var.chart]
}

run "a_chart_that_reads_other_values_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    chart = { version = "8.6.4" }
  }

  expect_failures = [var.chart]
}

run "values_that_are_a_list_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "- a"
  }

  expect_failures = [var.values]
}

run "values_that_are_no_yaml_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "a: [1"
  }

  expect_failures = [var.values]
}

run "values_with_a_repository_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "configs: { repositories: { private: { url: https://github.com/example/private } } }"
  }

  expect_failures = [var.values]
}

run "values_with_templates_of_credentials_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "configs: { credentialTemplates: { private: { url: https://github.com/example } } }"
  }

  expect_failures = [var.values]
}

run "values_with_clusters_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "configs: { clusterCredentials: { other: { server: https://example.com } } }"
  }

  expect_failures = [var.values]
}

run "values_with_a_password_of_the_administrator_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "configs: { secret: { argocdServerAdminPassword: hash } }"
  }

  expect_failures = [var.values]
}

run "values_with_secrets_of_notifications_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "notifications: { secret: { items: { slack-token: x } } }"
  }

  expect_failures = [var.values]
}

run "values_with_a_password_of_redis_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "externalRedis: { host: redis, password: x }"
  }

  expect_failures = [var.values]
}

run "values_with_a_private_key_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "extraObjects: [{ key: \"-----BEGIN RSA PRIVATE KEY-----\" }]"
  }

  expect_failures = [var.values]
}

run "a_load_balancer_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "server: { service: { type: LoadBalancer } }"
  }

  expect_failures = [var.values]
}

run "an_ingress_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "server: { ingress: { enabled: true } }"
  }

  expect_failures = [var.values]
}

run "a_route_of_a_gateway_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "server: { httproute: { enabled: true } }"
  }

  expect_failures = [var.values]
}

run "an_ingress_of_webhooks_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "applicationSet: { ingress: { enabled: true } }"
  }

  expect_failures = [var.values]
}

run "definitions_that_go_with_the_chart_are_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "crds: { keep: false }"
  }

  expect_failures = [var.values]
}

run "another_namespace_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    values = "namespaceOverride: gitops"
  }

  expect_failures = [var.values]
}

run "a_toleration_as_eks_spells_it_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    tolerations = [{ key = "system", operator = "Exists", effect = "NO_SCHEDULE" }]
  }

  expect_failures = [var.tolerations]
}

run "a_toleration_of_a_value_that_is_not_told_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    tolerations = [{ key = "system" }]
  }

  expect_failures = [var.tolerations]
}

run "a_toleration_of_any_value_and_of_one_is_refused" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    tolerations = [{ key = "system", operator = "Exists", value = "true" }]
  }

  expect_failures = [var.tolerations]
}

run "what_is_right_is_taken" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    cluster     = { name = "ML_training-1", region = "us-east-1", account_id = "011111111111", vpc_id = "vpc-0123456789abcdef0" }
    repository  = { url = "https://github.example.com:8443/ml/ml-clusters", path = "teams/ml/gitops", revision = "release/1.2" }
    annotations = { db_secret_arn = "arn:aws:secretsmanager:us-east-1:011111111111:secret:db", token_lifetime = "1h" }
    addons      = { nvidia_device_plugin = true }
    labels      = { "example.com/team" = "" }
    tolerations = [{ key = "system", value = "true" }]
    values      = "server: { service: { type: ClusterIP }, ingress: { enabled: false } }"
  }
}

run "an_address_of_ssh_with_a_port_is_taken" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    repository            = { url = "ssh://git@git.example.com:2222/ml/ml-clusters.git" }
    repository_credential = { kind = "ssh" }
    repository_secret     = "-----BEGIN RSA PRIVATE KEY-----"
  }
}

run "nothing_on_hyperpod_but_its_own_is_taken" {
  command = plan

  module {
    source = "./tests/validations"
  }

  variables {
    hyperpod = { elsewhere = [] }
    addons   = { nvidia_device_plugin = false }
  }
}
