data "aws_vpc_endpoint_service" "gateway" {
  for_each = toset(["dynamodb", "s3"])

  service      = each.key
  service_type = "Gateway"
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = data.aws_vpc_endpoint_service.gateway

  vpc_id            = aws_vpc.this.id
  service_name      = each.value.service_name
  vpc_endpoint_type = "Gateway"
  route_table_ids   = values(aws_route_table.private)[*].id

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

data "aws_vpc_endpoint_service" "interface" {
  for_each = var.interface_endpoints

  service      = each.key
  service_type = "Interface"
}

# Endpoint services are listed by zone name, and a name means another zone id in another account.
data "aws_availability_zones" "this" {
  filter {
    name   = "zone-id"
    values = keys(local.region_zones)
  }
}

locals {
  zone_id_by_name = zipmap(data.aws_availability_zones.this.names, data.aws_availability_zones.this.zone_ids)

  # A service that is not in every zone refuses the subnets of the others (InvalidParameter: does not support the
  # availability zone of the subnet). Zones without an interface of their own use another zone's, by the same name.
  endpoint_zone_ids = {
    for service, found in data.aws_vpc_endpoint_service.interface : service => toset([
      for zone_name in found.availability_zones : local.zone_id_by_name[zone_name]
      if contains(keys(local.region_zones), lookup(local.zone_id_by_name, zone_name, ""))
    ])
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = data.aws_vpc_endpoint_service.interface

  vpc_id              = aws_vpc.this.id
  service_name        = each.value.service_name
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for id in local.endpoint_zone_ids[each.key] : aws_subnet.private[id].id]
  security_group_ids  = [aws_security_group.endpoints[0].id]

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    precondition {
      condition     = length(local.endpoint_zone_ids[each.key]) > 0
      error_message = "AWS offers ${each.key} in none of the zones of zones, only in ${join(", ", each.value.availability_zones)}. Take it from interface_endpoints, or add a zone."
    }
  }
}

resource "aws_security_group" "endpoints" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "HTTPS from this VPC to the interface endpoints."
  vpc_id      = aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${var.name}-endpoints" })
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_https" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  security_group_id = aws_security_group.endpoints[0].id
  description       = "HTTPS from this VPC."
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = merge(var.tags, { Name = "${var.name}-endpoints-https" })
}
