# Network cards and EFA interfaces of each instance type, as EC2's DescribeInstanceTypes has them (MaximumNetworkCards,
# MaximumEfaInterfaces). A table and no data source: terraform-aws-eks would make an EFA interface for every card, which
# p6-b300.48xlarge refuses, and a plan without AWS would make none.
locals {
  network_cards = {
    "g6e.24xlarge"     = { cards = 2, efa = 2 }
    "g6e.48xlarge"     = { cards = 4, efa = 4 }
    "g7e.24xlarge"     = { cards = 2, efa = 2 }
    "g7e.48xlarge"     = { cards = 4, efa = 4 }
    "p4d.24xlarge"     = { cards = 4, efa = 4 }
    "p4de.24xlarge"    = { cards = 4, efa = 4 }
    "p5.4xlarge"       = { cards = 1, efa = 1 }
    "p5.48xlarge"      = { cards = 32, efa = 32 }
    "p5e.48xlarge"     = { cards = 32, efa = 32 }
    "p5en.48xlarge"    = { cards = 16, efa = 16 }
    "p6-b200.48xlarge" = { cards = 8, efa = 8 }
    "p6-b300.48xlarge" = { cards = 17, efa = 16 }
    "trn1.32xlarge"    = { cards = 8, efa = 8 }
    "trn1n.32xlarge"   = { cards = 16, efa = 16 }
    "trn2.3xlarge"     = { cards = 1, efa = 1 }
    "trn2.48xlarge"    = { cards = 16, efa = 16 }
    "trn2u.48xlarge"   = { cards = 16, efa = 16 }
  }

  network_interfaces = {
    for type, has in local.network_cards : type => [
      for card in range(has.cards) : {
        network_card_index = card
        # A card without EFA is the first one, with an ENA interface; EFA then starts at device 0 of the others (EC2 user
        # guide, Maximize network bandwidth on instances with multiple network cards).
        device_index   = card == 0 || has.cards > has.efa ? 0 : 1
        interface_type = card > 0 ? "efa-only" : has.cards > has.efa ? null : "efa"
        description    = card > 0 ? "EFA only, card ${card}" : has.cards > has.efa ? "ENA, card 0" : "EFA and ENA, card 0"

        security_groups             = [var.efa_security_group_id]
        associate_public_ip_address = false
        # Else the interfaces of cards other than the first stay behind when an instance ends, with their addresses.
        delete_on_termination = true
      }
    ]
  }
}
