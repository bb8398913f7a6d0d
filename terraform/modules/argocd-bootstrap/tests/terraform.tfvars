cluster = {
  name       = "ml-training"
  region     = "us-east-1"
  account_id = "011111111111"
  vpc_id     = "vpc-0123456789abcdef0"
}

repository = {
  url      = "https://github.com/example/ml-clusters.git"
  revision = "v1.2.0"
}
