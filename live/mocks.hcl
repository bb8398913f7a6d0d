# What units give before they are applied, by kind, account and region: whatever comes from here is recognised by mock- or by its
# zeros. Each has what its readers ask for, in the form that they ask for it.
locals {
  project = read_terragrunt_config("${get_terragrunt_dir()}/project.hcl").locals
  cidrs   = read_terragrunt_config("${get_terragrunt_dir()}/cidrs.hcl").locals.vpcs

  # Only for these, and never merged with a state: a mock that stands in for one missing output would be applied with the rest.
  commands = ["init", "validate", "plan", "show"]

  zones = {
    for account, each in local.project.accounts : account => {
      for region in local.project.regions : region => keys(read_terragrunt_config("${get_terragrunt_dir()}/${account}-account/${region}/region.hcl").locals.zones)
    }
  }

  units = {
    for account, each in local.project.accounts : account => {
      for region in local.project.regions : region => {
        kms = {
          mocked  = true
          key_arn = "arn:aws:kms:${region}:${each.id}:key/mock-key"
        }
        networking = {
          mocked                   = true
          vpc_id                   = "vpc-00000000000000000"
          cidr                     = local.cidrs[account][region]
          private_subnet_ids       = { for number, zone in local.zones[account][region] : zone => format("subnet-000000000000000%02d", number) }
          control_plane_subnet_ids = { for number, zone in local.zones[account][region] : zone => format("subnet-000000000000001%02d", number) }
          private_route_table_ids  = { for zone in local.zones[account][region] : zone => "rtb-00000000000000000" }
          gateway_prefix_list_ids  = { for service in ["s3", "dynamodb"] : service => "pl-00000000" }
          nat_gateway_ids          = { for zone in slice(local.zones[account][region], 0, 1) : zone => "nat-00000000000000000" }
        }
        efa-security-group = {
          mocked            = true
          security_group_id = "sg-00000000000000000"
        }
        iam = {
          mocked                      = true
          eks_role_arns               = { for role in ["cluster", "node"] : role => "arn:aws:iam::${each.id}:role/mock-eks-${role}" }
          hyperpod_execution_role_arn = "arn:aws:iam::${each.id}:role/mock-hyperpod-execution"
          parallelcluster_role_arns   = { for role in ["head", "compute", "lambda"] : role => "arn:aws:iam::${each.id}:role/parallelcluster/mock-${role}" }
          s3_replication_role_arn     = "arn:aws:iam::${each.id}:role/mock-s3-replication"
        }
        s3-central-data = {
          mocked = true
          bucket = "mock-data-${account}-${region}"
          replication_end = {
            name           = "mock-data-${account}-${region}"
            role           = "central"
            account_id     = each.id
            region         = region
            kms_key_arn    = "arn:aws:kms:${region}:${each.id}:key/mock-key"
            versioning     = "Enabled"
            local_prefixes = ["checkpoints/"]
          }
        }
        s3-data-replica = {
          mocked = true
          bucket = "mock-data-${account}-${region}"
          replication_end = {
            name           = "mock-data-${account}-${region}"
            role           = "replica"
            account_id     = each.id
            region         = region
            kms_key_arn    = "arn:aws:kms:${region}:${each.id}:key/mock-key"
            versioning     = "Enabled"
            local_prefixes = ["checkpoints/"]
          }
        }
        s3-lifecycle-scripts = {
          mocked = true
          bucket = "sagemaker-mock-${account}-${region}"
        }
        shared-storage = {
          mocked = true
          lustre = {
            id                   = "fs-00000000000000000"
            dns_name             = "fs-00000000000000000.fsx.${region}.amazonaws.com"
            mount_name           = "mockfsx0"
            storage_capacity_gib = 1200
          }
          efs = { id = "fs-00000000000000001" }
        }
        monitoring = {
          mocked                = true
          topic_arn             = "arn:aws:sns:${region}:${each.id}:mock-alerts"
          undelivered_queue_arn = "arn:aws:sqs:${region}:${each.id}:mock-undelivered"
        }
        parallelcluster-api = {
          mocked   = true
          endpoint = "https://mock-api.execute-api.${region}.amazonaws.com/prod"
          role_arn = "arn:aws:iam::${each.id}:role/mock-pcluster-api"
        }
        eks-cluster = {
          mocked                     = true
          name                       = "mock-cluster"
          endpoint                   = "https://mock-cluster.gr7.${region}.eks.amazonaws.com"
          certificate_authority_data = base64encode("mock-certificate")
          node_security_group_id     = "sg-00000000000000001"
          karpenter = {
            controller_role_arn = "arn:aws:iam::${each.id}:role/mock-karpenter"
            namespace           = "mock-namespace"
            service_account     = "mock-karpenter"
            node_role_name      = "mock-karpenter-node"
            queue_name          = "mock-karpenter"
          }
        }
        hyperpod-chart = {
          mocked    = true
          release   = "mock-release"
          elsewhere = ["efa-device-plugin", "neuron-device-plugin", "nvidia-device-plugin"]
        }
      }
    }
  }
}
