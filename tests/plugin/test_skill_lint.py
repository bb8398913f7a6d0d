"""Every skill follows the rules, and every rule notices what it is for."""

from pathlib import Path

import pytest

from tests.plugin.server_names import server_names
from tests.plugin.skill_lint import CLONE_FORM, PLUGIN_FORM, Rule, lint

SKILLS = Path(__file__).parents[2] / "skills"
NAMES = frozenset({"search_things", "how_many"})
GOOD = f"""\
---
name: things
description: Searches things.
argument-hint: "COUNT THING"
allowed-tools:
  - {CLONE_FORM}search_things
  - {PLUGIN_FORM}search_things
---
Call `search_things` with `how_many`, see [the list](list.md#top), [AWS](https://aws.amazon.com). Now \\$5, $ARGUMENTS.
"""


@pytest.fixture
def skill(tmp_path):
    """A skill that breaks no rule, to be changed."""
    folder = tmp_path / "things"
    folder.mkdir()
    (folder / "SKILL.md").write_text(GOOD)
    (folder / "list.md").write_text("# Things\n")
    return folder


def rules(skill: Path) -> set[Rule]:
    """The rules that a skill breaks."""
    return {problem.rule for problem in lint(skill, NAMES)}


@pytest.mark.parametrize("folder", sorted(SKILLS.iterdir()), ids=lambda folder: folder.name)
def test_every_skill_follows_the_rules(folder):
    """Nothing is wrong with the skills as they are, held against the tools that the server really has."""
    assert lint(folder, server_names()) == []


def test_a_good_skill_passes(skill):
    """What all the rules ask for can be had at once."""
    assert lint(skill, NAMES) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("---\nname", "name", Rule.FRONTMATTER),
        ('"COUNT THING"', "[COUNT] [THING]", Rule.FRONTMATTER),
        (GOOD.split("---")[1], "\n- a list\n", Rule.FRONTMATTER),
        ("argument-hint", "arg-hint", Rule.KEY),
        ('"COUNT THING"', "5", Rule.TYPE),
        ("argument-hint: ", "hooks: ", Rule.TYPE),
        ("name: things", "name: thing", Rule.NAME),
        ("Searches things.", '""', Rule.DESCRIPTION),
        ("Searches things.", "Searches things." + "x" * 1024, Rule.DESCRIPTION),
        ("Searches things.", "Searches things." + "x" * 900 + "\nwhen_to_use: " + "y" * 700, Rule.DESCRIPTION),
        ("Searches things.", "Helps you search things.", Rule.DESCRIPTION),
        ("Call ", "\n" * 150 + "Call ", Rule.LENGTH),
        ("Call ", "word " * 3001 + "Call ", Rule.LENGTH),
        ("list.md#top", "lists.md#top", Rule.LINK),
        ("`search_things`", "`search_thing`", Rule.TOOL),
        ("`how_many`", "`how_much`", Rule.TOOL),
        (CLONE_FORM + "search_things", CLONE_FORM + "find_things", Rule.TOOL),
        ("\\$5", "$5", Rule.ARGUMENT),
        (f"  - {PLUGIN_FORM}search_things\n", "", Rule.ALLOWED_TOOLS),
        (f"  - {CLONE_FORM}search_things\n", "", Rule.ALLOWED_TOOLS),
        (CLONE_FORM, "mcp__mlclusters__", Rule.ALLOWED_TOOLS),
    ],
)
def test_each_rule_is_noticed(skill, old, new, rule):
    """A skill that breaks one rule is told so."""
    assert GOOD.count(old) >= 1
    (skill / "SKILL.md").write_text(GOOD.replace(old, new, 1))
    assert rule in rules(skill)


def test_files_beside_the_skill_are_read_too(skill):
    """A reference file's links, names, dollars and length count as the skill's own do."""
    (skill / "list.md").write_text("[x](y.md) `no_such` $1" + "\n" * 101)
    assert rules(skill) == {Rule.LINK, Rule.TOOL, Rule.ARGUMENT, Rule.LENGTH}


def test_allowed_tools_may_stand_in_one_line(skill):
    """The other way to write allowed-tools is understood."""
    both = f"  - {CLONE_FORM}search_things\n  - {PLUGIN_FORM}search_things\n"
    text = GOOD.replace(f"allowed-tools:\n{both}", f"allowed-tools: Read, {CLONE_FORM}search_things\n")
    (skill / "SKILL.md").write_text(text)
    assert rules(skill) == {Rule.ALLOWED_TOOLS}
