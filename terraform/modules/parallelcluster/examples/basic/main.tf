# What parallelcluster-api gives. Written out, as Terragrunt's inputs would be: a provider cannot wait for an output.
provider "aws-parallelcluster" {
  region   = "us-east-1"
  endpoint = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod"
  role_arn = "arn:aws:iam::111111111111:role/ml-clusters-pcluster-api-3-16-1-us-east-1"
}

variable "block" {
  description = "A capacity block that was bought."
  type = object({
    reservation_id = string
    instance_type  = string
    count          = number
    zone_id        = string
    starts_at      = string
    ends_at        = string
  })
}

module "parallelcluster" {
  source = "../../"

  name     = "ml-training"
  region   = "us-east-1"
  template = "${path.module}/../../../../../cluster-configs/parallelcluster/gpu-training.yaml"

  head_node = { zone_id = "use1-az6", ssh_cidr = "10.0.0.0/16" }

  subnet_ids = {
    use1-az4 = "subnet-0123456789abcdef4"
    use1-az6 = "subnet-0123456789abcdef6"
  }
  efa_security_group_id = "sg-0123456789abcdef0"

  roles = {
    head    = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-head-node"
    compute = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-compute-node"
    lambda  = "arn:aws:iam::111111111111:role/parallelcluster/ml-clusters-lambda"
  }
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/ml-clusters-boundary"

  lustre = { file_system_id = "fs-0123456789abcdef0" }

  capacity_blocks = { train = var.block }

  on_demand_queues = {
    cpu = { instance_type = "c7i.8xlarge", zone_id = "use1-az6", max_count = 16 }
  }

  tags = { Project = "ml-clusters" }
}
