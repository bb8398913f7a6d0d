locals {
  aws_region = "us-east-1"
  # The unit of this region's data, which file systems and clusters read.
  data_bucket_unit = "s3-central-data"
  # Where file systems are, and what is best beside them. Lustre cannot move: clients elsewhere cross zones, and pay for it.
  storage_zone_id = "use1-az6"

  # By zone id. A slot is the zone's row in the CIDR table of networking and stays with it.
  zones = {
    use1-az1 = { slot = 0 }
    use1-az2 = { slot = 1 }
    use1-az3 = { slot = 2 }
    use1-az4 = { slot = 3 }
    use1-az5 = { slot = 4 }
    use1-az6 = { slot = 5 }
  }
}
