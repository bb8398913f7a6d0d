locals {
  account_name = "secondary"
  account_id   = "159553542841"
}
