output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "IPv4 block of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, by zone id: one in every zone of zones. A node group on bought capacity takes the one of the block's or plan's zone."
  value       = { for id, subnet in aws_subnet.private : id => subnet.id }
}

output "control_plane_subnet_ids" {
  description = "Ids of the subnets for EKS's own interfaces, by zone id. Zones that EKS refuses are not among them."
  value       = { for id, subnet in aws_subnet.control_plane : id => subnet.id }
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, by zone id, for load balancers. Empty without NAT gateways."
  value       = { for id, subnet in aws_subnet.public : id => subnet.id }
}

output "private_route_table_ids" {
  description = "Ids of the route tables of the private and control-plane subnets, by zone id, for routes to peers."
  value       = { for id, table in aws_route_table.private : id => table.id }
}

output "subnet_cidrs" {
  description = "The CIDR table: the IPv4 block of every subnet, by tier (private, control_plane, public) and zone id."
  value = {
    private       = local.private_cidrs
    control_plane = local.control_plane_cidrs
    public        = local.public_cidrs
  }
}

output "hyperpod_instances_that_fit" {
  description = "How many HyperPod instances the private subnet of each zone holds if nothing else is in it, by zone id and orchestrator: 32 addresses each on Slurm, 81 on EKS."
  value = {
    for id, addresses in local.free_addresses : id => {
      for orchestrator, each_takes in local.hyperpod_addresses : orchestrator => floor(addresses / each_takes)
    }
  }
}

output "nat_gateway_ids" {
  description = "Ids of the NAT gateways, by zone id, for nat_gateways of monitoring."
  value       = { for id, nat in aws_nat_gateway.this : id => nat.id }
}

output "nat_public_ips" {
  description = "Public addresses that traffic to the internet comes from, by zone id of the NAT gateway."
  value       = { for id, eip in aws_eip.nat : id => eip.public_ip }
}

output "gateway_prefix_list_ids" {
  description = "Ids of the prefix lists of the gateway endpoints, by service (s3, dynamodb), for egress rules of security groups that let nothing else out."
  value       = { for service, endpoint in aws_vpc_endpoint.gateway : service => endpoint.prefix_list_id }
}
