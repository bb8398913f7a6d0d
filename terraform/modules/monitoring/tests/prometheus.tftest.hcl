mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1" }
  }
}

override_resource {
  target          = aws_sns_topic.this
  override_during = plan
  values          = { arn = "arn:aws:sns:us-east-1:111111111111:ml-alerts" }
}

override_resource {
  target          = aws_prometheus_workspace.this
  override_during = plan
  values          = { arn = "arn:aws:aps:us-east-1:111111111111:workspace/ws-mock", id = "ws-mock" }
}

override_resource {
  target          = aws_cloudwatch_log_group.prometheus
  override_during = plan
  values          = { arn = "arn:aws:logs:us-east-1:111111111111:log-group:/aws/vendedlogs/prometheus/ml" }
}

variables {
  name             = "ml"
  kms_key_arn      = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111"
  subscriptions    = { on-call = { protocol = "email", endpoint = "on-call@example.com" } }
  enable_capacity  = false
  enable_hyperpod  = false
  enable_dashboard = false
}

run "the_workspace_is_under_the_customers_key_and_logs" {
  command = plan

  assert {
    condition     = aws_prometheus_workspace.this[0].alias == "ml" && aws_prometheus_workspace.this[0].kms_key_arn == var.kms_key_arn
    error_message = "wrong workspace"
  }

  assert {
    condition     = aws_prometheus_workspace.this[0].logging_configuration[0].log_group_arn == "arn:aws:logs:us-east-1:111111111111:log-group:/aws/vendedlogs/prometheus/ml:*"
    error_message = "the service refuses a log group without :*"
  }

  assert {
    condition     = aws_cloudwatch_log_group.prometheus[0].kms_key_id == var.kms_key_arn && startswith(aws_cloudwatch_log_group.prometheus[0].name, "/aws/vendedlogs/")
    error_message = "wrong log group"
  }
}

run "there_is_a_rule_group_for_each_concern_with_these_alerts" {
  command = plan

  assert {
    condition = {
      for each in aws_prometheus_rule_group_namespace.this : each.name => flatten([for group in yamldecode(each.data).groups : [for rule in group.rules : rule.alert]])
      } == {
      ml-gpu-xid     = ["GpuXidFatal", "GpuXid", "GpuLost", "GpuExporterDown"]
      ml-gpu-ecc     = ["GpuEccUncorrectable", "GpuRowRemapFailed", "GpuRowsRemapped", "GpuEccCorrectable"]
      ml-gpu-thermal = ["GpuHot", "GpuMemoryHot", "GpuThrottledByHeat"]
      ml-gpu-idle    = ["GpusIdle", "GpusPartlyIdle"]
      ml-efa         = ["EfaRdmaErrors", "EfaUnresponsiveRemote", "EfaRetransmits", "EfaDrops"]
    }
    error_message = "wrong alerts"
  }
}

run "every_alert_says_how_bad_it_is_where_and_what_to_do" {
  command = plan

  assert {
    condition = alltrue(flatten([for each in aws_prometheus_rule_group_namespace.this : [for group in yamldecode(each.data).groups : [for rule in group.rules :
      contains(["critical", "warning", "info"], rule.labels.severity) && strcontains(rule.annotations.summary, "{{ $labels.cluster }}") && length(rule.annotations.action) > 0
    ]]]))
    error_message = "an alert is mute"
  }
}

run "xids_are_told_apart_by_who_is_at_fault" {
  command = plan

  variables {
    gpu_alerts = { fatal_xids = [79, 48], program_xids = [13] }
  }

  assert {
    condition = { for rule in yamldecode(aws_prometheus_rule_group_namespace.this["gpu-xid"].data).groups[0].rules : rule.alert => rule.expr if startswith(rule.alert, "GpuXid") } == {
      GpuXidFatal = "DCGM_FI_DEV_XID_ERRORS == 79 or DCGM_FI_DEV_XID_ERRORS == 48"
      GpuXid      = "DCGM_FI_DEV_XID_ERRORS > 0 != 79 != 48 != 13"
    }
    error_message = aws_prometheus_rule_group_namespace.this["gpu-xid"].data
  }
}

run "the_xids_that_aws_takes_for_fatal_are_the_default" {
  command = plan

  assert {
    condition = alltrue([for xid in [48, 64, 74, 79, 95, 119, 120] :
      strcontains(yamldecode(aws_prometheus_rule_group_namespace.this["gpu-xid"].data).groups[0].rules[0].expr, "DCGM_FI_DEV_XID_ERRORS == ${xid}")
    ])
    error_message = aws_prometheus_rule_group_namespace.this["gpu-xid"].data
  }
}

run "limits_reach_the_rules" {
  command = plan

  variables {
    gpu_alerts = {
      corrected_ecc_an_hour = 11
      gpu_celsius           = 71
      memory_celsius        = 72
      idle_percent          = 3
      idle_minutes          = 45
      efa_timeouts_a_second = 7
      efa_drops_a_second    = 8
    }
  }

  assert {
    condition = {
      for rule in flatten([for each in aws_prometheus_rule_group_namespace.this : yamldecode(each.data).groups[*].rules[*]]) : rule.alert => "${rule.expr} for ${try(rule.for, "0m")}"
      if contains(["GpuEccCorrectable", "GpuHot", "GpuMemoryHot", "GpusIdle", "EfaRetransmits", "EfaDrops"], rule.alert)
      } == {
      GpuEccCorrectable = "increase(DCGM_FI_DEV_ECC_SBE_VOL_TOTAL[1h]) > 11 for 0m"
      GpuHot            = "DCGM_FI_DEV_GPU_TEMP > 71 for 5m"
      GpuMemoryHot      = "DCGM_FI_DEV_MEMORY_TEMP > 72 for 5m"
      GpusIdle          = "avg by (cluster, Hostname) (avg_over_time(DCGM_FI_DEV_GPU_UTIL[45m])) < 3 for 45m"
      EfaRetransmits    = "rate(node_amazonefa_retrans_timeout_events[10m]) > 7 for 10m"
      EfaDrops          = "rate(node_amazonefa_rx_drops[10m]) > 8 for 10m"
    }
    error_message = "a limit is lost"
  }

  assert {
    condition     = strcontains(aws_prometheus_rule_group_namespace.this["gpu-idle"].data, "idle for 90 minutes")
    error_message = aws_prometheus_rule_group_namespace.this["gpu-idle"].data
  }
}

run "what_the_exporters_must_export_is_told" {
  command = plan

  assert {
    condition = output.required_metrics == tolist([
      "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_MEMORY_TEMP",
      "DCGM_FI_DEV_ROW_REMAP_FAILURE", "DCGM_FI_DEV_THERMAL_VIOLATION", "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "DCGM_FI_DEV_XID_ERRORS",
      "node_amazonefa_impaired_remote_conn_events", "node_amazonefa_rdma_read_wr_err", "node_amazonefa_rdma_write_wr_err",
      "node_amazonefa_retrans_timeout_events", "node_amazonefa_rx_drops", "node_amazonefa_unresponsive_remote_events",
    ])
    error_message = jsonencode(output.required_metrics)
  }
}

run "alerts_go_to_the_topic_with_the_region_that_the_service_asks_for" {
  command = plan

  assert {
    condition = yamldecode(yamldecode(aws_prometheus_alert_manager_definition.this[0].definition).alertmanager_config).receivers == [{
      name = "topic"
      sns_configs = [{
        topic_arn     = "arn:aws:sns:us-east-1:111111111111:ml-alerts"
        send_resolved = true
        sigv4         = { region = "us-east-1" }
        subject       = "[{{ .Status }}] {{ .CommonLabels.alertname }} {{ .CommonLabels.cluster }}"
        message       = "{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }} {{ .Annotations.action }}\n{{ end }}"
      }]
    }]
    error_message = aws_prometheus_alert_manager_definition.this[0].definition
  }

  assert {
    condition     = yamldecode(yamldecode(aws_prometheus_alert_manager_definition.this[0].definition).alertmanager_config).route.receiver == "topic"
    error_message = aws_prometheus_alert_manager_definition.this[0].definition
  }
}

run "senders_may_write_to_this_workspace_and_nothing_else" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_policy.remote_write[0].policy).Statement == [{
      Effect   = "Allow"
      Action   = "aps:RemoteWrite"
      Resource = "arn:aws:aps:us-east-1:111111111111:workspace/ws-mock"
    }]
    error_message = aws_iam_policy.remote_write[0].policy
  }

  assert {
    condition = jsondecode(aws_iam_role.remote_write[0].assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = { "aws:SourceAccount" = "111111111111" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:eks:us-east-1:111111111111:cluster/*" }
      }
    }]
    error_message = aws_iam_role.remote_write[0].assume_role_policy
  }

  assert {
    condition     = aws_iam_role.remote_write[0].name == "ml-remote-write-us-east-1" && aws_iam_policy.remote_write[0].name == "ml-remote-write-us-east-1"
    error_message = "without the region, the module in another region could not make them"
  }
}

run "a_collector_reads_the_exporters_of_its_cluster" {
  command = plan

  variables {
    prometheus_scrapers = {
      training = {
        cluster_arn        = "arn:aws:eks:us-east-1:111111111111:cluster/eks-training"
        subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
        security_group_ids = ["sg-0123456789abcdef0"]
      }
    }
  }

  assert {
    condition = (
      aws_prometheus_scraper.this["training"].alias == "ml-training"
      && aws_prometheus_scraper.this["training"].source[0].eks[0].cluster_arn == "arn:aws:eks:us-east-1:111111111111:cluster/eks-training"
      && aws_prometheus_scraper.this["training"].destination[0].amp[0].workspace_arn == "arn:aws:aps:us-east-1:111111111111:workspace/ws-mock"
    )
    error_message = "wrong collector"
  }

  assert {
    condition = (
      yamldecode(aws_prometheus_scraper.this["training"].scrape_configuration).global.external_labels.cluster == "training"
      && yamldecode(aws_prometheus_scraper.this["training"].scrape_configuration).scrape_configs[*].job_name == ["dcgm-exporter", "efa-exporter"]
    )
    error_message = aws_prometheus_scraper.this["training"].scrape_configuration
  }
}

run "off_makes_nothing_of_it" {
  command = plan

  variables {
    enable_prometheus = false
    prometheus_scrapers = {
      training = {
        cluster_arn        = "arn:aws:eks:us-east-1:111111111111:cluster/eks-training"
        subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
        security_group_ids = ["sg-0123456789abcdef0"]
      }
    }
  }

  assert {
    condition = (
      length(aws_prometheus_workspace.this) + length(aws_prometheus_rule_group_namespace.this) + length(aws_prometheus_alert_manager_definition.this)
      + length(aws_prometheus_scraper.this) + length(aws_cloudwatch_log_group.prometheus) + length(aws_iam_role.remote_write)
      + length(aws_iam_policy.remote_write) + length(aws_iam_role_policy_attachment.remote_write) == 0
    )
    error_message = "something was made"
  }

  assert {
    condition = (
      output.prometheus_workspace_arn == null && output.prometheus_endpoint == null && output.remote_write_role_arn == null
      && output.remote_write_policy_arn == null && length(output.required_metrics) == 0
    )
    error_message = "there is nothing to tell"
  }
}
