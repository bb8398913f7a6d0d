output "vpc_peering_connection_id" {
  description = "Id of the connection, the same on both sides. Known once it is accepted."
  value       = aws_vpc_peering_connection_accepter.this.id
}
