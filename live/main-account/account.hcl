locals {
  account_name = "main"
  account_id   = "483026362307"
}
