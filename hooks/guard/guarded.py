"""What is guarded, and how it is spelt: purchases, what spends or decides about spending here, and where that is kept.

Words are looked for after quotes, backslashes and the like are taken out, so that pur"chase" is purchase.
"""

import re

PURCHASE, RESOURCE, COMMAND, SERVER, PLACE, HOOKS = "purchase", "resource", "command", "server", "place", "hooks"

# Four operations, as the AWS CLI, Python and the other SDKs spell them, and the cmdlets of AWS Tools for PowerShell.
_BLOCKS = re.compile(
    r"purchase[-_]?capacity[-_]?block|(?<![\w-])(?!get-|search-|find-)[a-z]+-ec2\w*capacityblock", re.IGNORECASE
)
_PLANS = re.compile(
    r"(?:create|extend)[-_]?training[-_]?plan(?!s)|(?<![\w-])(?!get-|search-|find-)[a-z]+-sm\w*trainingplan",
    re.IGNORECASE,
)
# Others have training plans too, for people and for dogs.
_SAGEMAKER = re.compile(
    r"sage[-_]?maker|training[-_]?plan[-_]?(?:extension|offering|name|arn)|trainingplan(?:command|input|request)"
    r"|-sm\w*trainingplan",
    re.IGNORECASE,
)
# IAM's actions, and CloudTrail's events: whoever writes a policy or an alarm about purchases buys nothing.
_TALK = re.compile(
    r"(?:(?:ec2|sagemaker):|eventName[\s:=\[(]*|AttributeValue=)(?:Purchase|Create|Extend)(?:CapacityBlock|TrainingPlan)\w*"
)

_RESOURCE = "aws_ec2_capacity_block_reservation"
# Declared in HCL or JSON; and as Terraform's and Pulumi's bindings call it.
_DECLARED = re.compile(
    r"resource\s+"
    + _RESOURCE
    + r"|"
    + _RESOURCE
    + r"\s*:|Ec2CapacityBlockReservation|ec2[./:]+CapacityBlockReservation",
    re.IGNORECASE,
)

# What is repeated within a pattern has a greatest number: without it a text that only begins what is sought, over and
# over, is read again from each beginning, and the hook would run out of time.
_GAP = r"[\s,\[(]{1,200}"  # between words of a command, or of a list that will be one
_OURS = r"(?<![\w.-])ml-clusters(?:\.exe|\.cmd)?(?:" + _GAP + r"-[\w=-]{1,80}){0,9}" + _GAP
_SPENDING = r"(?:approve|ledger" + _GAP + r"(?:settle|rebuild)|policy" + _GAP + r"init)(?![\w.-])"
_MODULES = r"(?:app|purchase_process|cli(?:\.commands|\.approving)?)(?![\w.])"
_COMMAND = re.compile(_OURS + _SPENDING + r"|launch\.py" + _GAP + "cli" + _GAP + _SPENDING)
_SERVER = re.compile(
    r"(?<![\w-])ml-clusters-mcp(?![\w-])|" + _OURS + r"serve(?![\w.-])|launch\.py" + _GAP + r"server"
    r"|-m" + _GAP + r"mcp_server\.(?:app|purchase_process)(?![\w.])"
    r"|(?:from|import|(?:import|run)_module\()\s{0,9}mcp_server\." + _MODULES + r"|from\s{1,9}mcp_server\s{1,9}import"
    r"[\s(](?:[\s\w,(]{0,200}[\s,(])?" + _MODULES + r"|python[\w.]{0,9}(?:\s{1,9}-\S{1,80}){0,9}\s{1,9}"
    r"\S{0,300}mcp_server/(?:app|purchase_process)\.py"
)

_FILES = r"(?<![\w.-])ml-clusters/(?:policy\.toml|ledger\.sqlite3|purchases\.log|seals\.json)"
_FOLDERS = (
    r"(?:\.config|\.local/share|\.local/state|Application Support|XDG_(?:CONFIG|DATA|STATE)_HOME\}?|(?<![\w.-])/etc)"
    r"/ml-clusters(?![\w.-])"
)
_KEPT = re.compile(_FILES + "|" + _FOLDERS)
_SETTINGS = re.compile(r"(?<![\w-])ml-clusters\.toml(?!\w)")
# The files of a simulated AWS, unless the path climbs out of there again.
_SIMULATED = re.compile(r"(?<=/)ml-clusters/sandbox(?:/(?!\.\.(?:/|\s|$))[^\s/]*)*(?=\s|$)")
_TURNED_OFF = re.compile(
    r"disableAllHooks|(?<![\w-])claude" + _GAP + "plugins?" + _GAP + r"(?:disable|uninstall|remove|rm)"
    r"(?:" + _GAP + r"[\w=-]{1,80}){0,9}" + _GAP + r"ml-clusters(?![\w-])|ml-clusters@[\w.-]{1,80}\s{0,9}:\s{0,9}false"
)
_INSTALLED = re.compile(r"\.claude/plugins/\S{0,300}ml-clusters")

_CONTINUED = re.compile(r"[\\`^]\r?\n")
_JOINED = re.compile(r"""['"]\s*\+\s*['"]""")
_QUOTES = re.compile(r"""['"`^\u2018-\u201f]""")  # PowerShell takes those of print for quotes


def in_command(text):
    """What a command names that is guarded, whatever it does with it, or None."""
    bare, slashed = _readings(text)
    if _RESOURCE in bare:
        return RESOURCE
    return _in_readings(bare, slashed) or in_path(text)


def in_program(text):
    """What a program, a configuration or a tool's arguments would do that is guarded, or None."""
    bare, slashed = _readings(text)
    if _DECLARED.search(bare):
        return RESOURCE
    found = _in_readings(bare, slashed)
    if not found and _KEPT.search(_real(slashed)):
        found = PLACE
    return found


def in_terraform(text):
    """RESOURCE if a part of Terraform's sources names the resource, but for a reference to what it bought, or None."""
    return RESOURCE if re.search(_RESOURCE + r"(?![\w.])", _readings(text)[0]) else None


def services(text):
    """Which services' purchases a text names, as AWS's variables call them."""
    return [name for name, spelling in (("EC2", _BLOCKS), ("SAGEMAKER", _PLANS)) if spelling.search(_readings(text)[0])]


def in_path(text):
    """PLACE if a path, or a text with paths in it, leads to what decides or records spending; HOOKS to this guard."""
    real = _real(_readings(text)[1])
    if _KEPT.search(real) or _SETTINGS.search(real):
        return PLACE
    return HOOKS if _INSTALLED.search(real) else None


def _in_readings(bare, slashed):
    asked = _TALK.sub("", bare)
    if _BLOCKS.search(asked) or (_PLANS.search(asked) and _SAGEMAKER.search(asked)):
        return PURCHASE
    both = bare + "\n" + slashed
    if _COMMAND.search(both):
        return COMMAND
    if _SERVER.search(both):
        return SERVER
    return HOOKS if _TURNED_OFF.search(bare) else None


def _readings(text):
    """The text without what a shell takes out of it, and with backslashes as the separators that they are elsewhere."""
    plain = _QUOTES.sub("", _JOINED.sub("", _CONTINUED.sub("", text)))
    return plain.replace("\\", ""), re.sub(r"/(?:\.?/)+", "/", plain.replace("\\ ", " ").replace("\\", "/"))


def _real(slashed):
    return _SIMULATED.sub("", slashed)
