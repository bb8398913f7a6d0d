"""What comes in another major version: two states of a tree, compared."""

import pytest

from mcp_server.monorepo.plans.upgrades import Majors, majors, upgrades
from mcp_server.monorepo.requirements import Requirement, RequirementKind


def provider(version: str, address: str = "hashicorp/aws") -> Requirement:
    """What is asked for of a provider."""
    return Requirement(RequirementKind.PROVIDER, address, version)


def module(version: str) -> Requirement:
    """What is asked for of a module."""
    return Requirement(RequirementKind.MODULE, "terraform-aws-modules/eks/aws", version)


@pytest.mark.parametrize(
    ("constraint", "lowest", "highest"),
    [
        ("6.55.0", 6, 6),
        ("= 6.55.0", 6, 6),
        ("v2.1.0", 2, 2),
        ("6.0.0-beta1", 6, 6),
        ("~> 5.0", 5, 5),
        ("~> 5.31.2", 5, 5),
        ("~> 5", 5, None),
        (">= 5.100", 5, None),
        ("> 5.0", 5, None),
        (">= 5.0, < 7.0.0", 5, 6),
        (">= 5.0,< 7", 5, 6),
        (">= 5.0, < 6.2", 5, 6),
        ("<= 6.1", None, 6),
        ("!= 6.1.0", None, None),
        (">= 5.0, != 5.1.0, >= 6.28", 6, None),
        ("", None, None),
    ],
)
def test_a_constraint_admits_majors(constraint: str, lowest: int | None, highest: int | None) -> None:
    """As Terraform reads it."""
    assert majors(constraint) == Majors(lowest, highest)


@pytest.mark.parametrize("ref", ["main", "3f2c9a1", "release-2", "~>", "5.x", "1.0.0 2.0.0", ">= 5.0,"])
def test_what_is_no_constraint_has_no_majors(ref: str) -> None:
    """A branch or a commit says nothing of versions."""
    assert majors(ref) is None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (provider("5.100.0"), provider("6.2.0"), "aws from 5.100.0 to 6.2.0"),
        (provider("6.2.0"), provider("5.100.0"), "aws from 6.2.0 to 5.100.0"),
        (provider("~> 5.0"), provider(">= 5.0"), "aws from ~> 5.0 to >= 5.0"),
        (provider("5.100.0"), provider(""), "aws from 5.100.0 to any version"),
        (provider("1.0.0", "aws-tf/x"), provider("2.0.0", "aws-tf/x"), "aws-tf/x from 1.0.0 to 2.0.0"),
        (module("20.8.4"), module("21.19.0"), "module terraform-aws-modules/eks/aws from 20.8.4 to 21.19.0"),
    ],
)
def test_another_major_version_is_told(before: Requirement, after: Requirement, told: str) -> None:
    """Up or down, exactly or within bounds."""
    assert upgrades({"a": frozenset([before])}, {"a": frozenset([after])}) == {"a": (told,)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (provider("6.28.0"), provider("6.55.0")),
        (provider("~> 6.0"), provider("6.55.0")),
        (module("main"), module("21.0.0")),
        (module("3f2c9a1"), module("9b1d2aa")),
        (provider("1.0.0"), provider("2.0.0", "aws-tf/aws")),
    ],
)
def test_the_same_major_version_or_one_that_nobody_knows_is_not(before: Requirement, after: Requirement) -> None:
    """Another provider is another thing, which the plan shows."""
    assert upgrades({"a": frozenset([before])}, {"a": frozenset([after])}) == {}


def test_all_constraints_on_a_provider_hold_at_once() -> None:
    """A module and one that it calls."""
    before, after = [provider(">= 5.100")], [provider(">= 5.100"), provider(">= 6.28")]
    told = upgrades({"a": frozenset(before)}, {"a": frozenset(after)})
    assert told == {"a": ("aws from >= 5.100 to >= 5.100, >= 6.28",)}


def test_a_module_that_is_there_twice_is_compared_whole() -> None:
    """One of two that moves on is told."""
    before, after = [module("20.8.4")], [module("20.8.4"), module("21.0.0")]
    told = upgrades({"a": frozenset(before)}, {"a": frozenset(after)})
    assert told == {"a": ("module terraform-aws-modules/eks/aws from 20.8.4 to 20.8.4 and 21.0.0",)}


def test_only_units_that_are_in_both_are_compared() -> None:
    """A new one has no version before."""
    assert upgrades({"gone": frozenset([provider("1.0.0")])}, {"new": frozenset([provider("2.0.0")])}) == {}
