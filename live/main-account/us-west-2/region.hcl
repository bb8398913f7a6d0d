locals {
  aws_region = "us-west-2"
  # The unit of this region's data, which file systems and clusters read.
  data_bucket_unit = "s3-data-replica"
  # Where file systems are, and what is best beside them. Lustre cannot move: clients elsewhere cross zones, and pay for it.
  storage_zone_id = "usw2-az2"

  # By zone id. A slot is the zone's row in the CIDR table of networking and stays with it.
  zones = {
    usw2-az1 = { slot = 0 }
    usw2-az2 = { slot = 1 }
    usw2-az3 = { slot = 2 }
    usw2-az4 = { slot = 3 }
  }
}
