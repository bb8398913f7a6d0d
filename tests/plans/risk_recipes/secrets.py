"""Values that nobody may see, wherever a plan can hold them. Each has the word classified in it."""

import boto3

from tests.plans.risk_recipes.recipe import Recipe, instead, written

_SECRETS = """\
variable "token" {
  type      = string
  sensitive = true
  default   = "classified-token-1"
}

variable "login" {
  type      = object({ user = string, password = string })
  sensitive = true
  default   = { user = "slurm", password = "classified-login-1" }
}

resource "aws_ssm_parameter" "token" {
  name  = "/training/token"
  type  = "SecureString"
  value = var.token
}

resource "aws_secretsmanager_secret" "login" {
  name = "training/login"
}

resource "aws_secretsmanager_secret_version" "login" {
  secret_id     = aws_secretsmanager_secret.login.id
  secret_string = jsonencode(var.login)
}

resource "aws_iam_user" "registry" {
  name = "registry"
  tags = { Contact = sensitive("classified-contact-1") }
}

resource "terraform_data" "nested" {
  input = { plain = "seen", list = ["seen", var.token], deep = { login = var.login, note = "seen" } }
}

resource "terraform_data" "marked_before" {
  input = sensitive("classified-before")
}

resource "terraform_data" "marked_after" {
  input = "seen-before"
}

resource "terraform_data" "made_anew" {
  input            = var.token
  triggers_replace = var.token
}

resource "terraform_data" "deleted" {
  input = var.login
}

output "token" {
  value     = var.token
  sensitive = true
}

output "login" {
  value     = { user = nonsensitive(var.login.user), password = var.login.password }
  sensitive = true
}

output "taken_out" {
  value     = "classified-output"
  sensitive = true
}
"""
SECRETS = written(_SECRETS, account="483026362307", applied=True)
_DELETED = _SECRETS[_SECRETS.index('resource "terraform_data" "deleted"') : _SECRETS.index('output "token"')]
_TAKEN_OUT = _SECRETS[_SECRETS.index('output "taken_out"') :]


def _rotate() -> None:
    boto3.client("ssm", region_name="us-east-1").put_parameter(
        Name="/training/token", Type="SecureString", Value="classified-outside", Overwrite=True
    )


RECIPES = (
    Recipe(
        "secrets",
        SECRETS,
        ("drift-undone",),
        "other values of what is sensitive, some marked before or after alone, and one changed outside",
        instead(
            SECRETS,
            _SECRETS.replace('-1"', '-2"')
            .replace(_DELETED, "")
            .replace(_TAKEN_OUT, "")
            .replace('sensitive("classified-before")', '"seen-after"')
            .replace('"seen-before"', 'sensitive("classified-after")'),
        ),
        outside=_rotate,
        refreshed=True,
    ),
)
