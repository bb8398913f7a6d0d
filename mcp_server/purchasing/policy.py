"""The spending policy: what may be bought at all, by whose yes and for how much. A person writes it; this reads it."""

import hashlib
import os
import re
import shlex
import stat
import tomllib
from collections.abc import Iterator, Mapping
from decimal import ROUND_UP, Decimal
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mcp_server.capacity.instance_types import CATALOGUE, SoldAsUltraServer, resolve
from mcp_server.capacity.words import clean, sentence, typed, word
from mcp_server.purchasing.entries import ApprovalMode
from mcp_server.purchasing.http_terms import HttpTerms
from mcp_server.purchasing.tags import PREFIX

_MOST_TAGS = 40
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
_IAM = "arn:aws[a-z-]*:iam::[0-9]{12}"
_PATH = "[A-Za-z0-9_+=,.@/-]{1,512}"
_MONEY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


class PolicyRefused(Exception):
    """The policy cannot be used, so nothing can be bought. rule is a key of the file, or what is asked of the file.

    then is a command that mends it, where there is one.
    """

    def __init__(self, file: Path, rule: str, why: str, then: str = "") -> None:
        self.file, self.rule, self.why, self.then = file, rule, why, then
        super().__init__(
            f"The spending policy {file} cannot be used ({rule}): {sentence(why)} Purchases are off until it can."
        )


class PolicyMissing(PolicyRefused):
    """There is no policy."""


class PolicyForbids(Exception):
    """The policy does not allow a purchase. rule is the key of the file that says so."""

    def __init__(self, file: Path, rule: str, why: str) -> None:
        self.file, self.rule, self.why = file, rule, why
        super().__init__(f"The spending policy {file} forbids it ({rule}): {sentence(why)} Nothing was bought.")


def tag_problem(key: str, value: str = "") -> str | None:
    """What is wrong with a tag, None where nothing is.

    EC2's limits (EC2 user guide, tag restrictions), and the prefix under which purchases are recorded.
    """
    shown = clean(key, 60)
    if not key.strip() or len(key) > _LONGEST_KEY:
        return f"the key '{shown}' is not of 1 to {_LONGEST_KEY} characters"
    if len(value) > _LONGEST_VALUE:
        return f"the value of '{shown}' is longer than {_LONGEST_VALUE} characters"
    if key.lower().startswith(("aws:", PREFIX)):
        return f"the key '{shown}' begins with aws: or {PREFIX}, which are reserved"
    if not (key + value).isprintable():
        return f"the tag '{shown}' has characters that cannot be printed"
    return None


def _money(value: object) -> Decimal:
    if isinstance(value, float) and isfinite(value):
        raise ValueError(f'a number with a fraction is not exact: write it in quotes, as "{value}"')
    text = "" if isinstance(value, bool) else str(value)
    if not _MONEY.fullmatch(text) or not Decimal(text):
        raise ValueError('an amount above 0 is written as 50000 or "50000.00"')
    return Decimal(text)


def _written(pattern: str, means: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{typed(text)} is not {means}")
        return text

    return AfterValidator(check)


def _type_name(name: str) -> str:
    if name in CATALOGUE:
        return name
    try:
        meant = [each.name for each in resolve(name)]
    except SoldAsUltraServer as refusal:
        meant = list(refusal.ultraservers)
    raise ValueError(f"{typed(name)} is not the full name of a type: write {' or '.join(meant)}")


def _tag_key(key: str) -> str:
    problem = tag_problem(key)
    if problem:
        raise ValueError(problem)
    return key


def _tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    if len(tags) > _MOST_TAGS:
        raise ValueError(f"there are {len(tags)} tags, and room for {_MOST_TAGS}")
    problems = [problem for problem in (tag_problem(*each) for each in tags.items()) if problem]
    if problems:
        raise ValueError("; ".join(problems))
    return tags


def _ledger(place: str) -> str:
    if place == "local":
        return place
    if place.startswith("dynamodb://"):
        raise ValueError('a ledger on DynamoDB is not in this version: write ledger = "local"')
    raise ValueError('the ledger is "local"')


Money = Annotated[Decimal, BeforeValidator(_money)]
_Account = Annotated[str, _written("[0-9]{12}", "the number of an account, 12 digits in quotes")]
_Name = Annotated[str, _written("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "a name of letters, digits, _ . and -")]
_Role = Annotated[str, _written(f"{_IAM}:role/{_PATH}", "the ARN of a role, as arn:aws:iam::123456789012:role/buyer")]
_Device = Annotated[str, _written(f"{_IAM}:mfa/{_PATH}", "the ARN of a device, as arn:aws:iam::123456789012:mfa/jo")]
_Region = Annotated[str, _written("[a-z]{2}(-[a-z]+)+-[0-9]{1,2}", "a region, as us-east-1")]
_Currency = Annotated[str, _written("[A-Z]{3}", "a currency, as USD")]
_Word = Annotated[str, _written("[!-~]{1,128}", "one word")]
_TypeName = Annotated[str, AfterValidator(_type_name)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PolicyAccount(_Section):
    """An account in which may be bought, and who buys there: a role, a profile, or else whoever reads.

    mfa_serial is the device whose code a person types in the terminal before the role is assumed.
    """

    id: _Account
    name: _Name | None = None
    purchaser_role: _Role | None = None
    purchaser_profile: _Word | None = None
    mfa_serial: _Device | None = None

    @model_validator(mode="after")
    def _code_for_a_role(self) -> Self:
        if self.mfa_serial and not self.purchaser_role:
            raise ValueError("mfa_serial is for assuming a purchaser_role; without one no code would be asked for")
        return self


class Ceilings(_Section):
    """What may be spent at most, in the policy's currency; a month is UTC's. What is not said is 0: nothing."""

    per_purchase: Money = Decimal(0)
    per_accelerator_hour: Money = Decimal(0)
    rolling_24_hours: Money = Decimal(0)
    calendar_month: Money = Decimal(0)

    @property
    def unsaid(self) -> tuple[str, ...]:
        """The ceilings that the file does not give."""
        return tuple(name for name in type(self).model_fields if name not in self.model_fields_set)


class Rules(_Section):
    """What a policy.toml says. Nothing is allowed that it does not name."""

    purchases: StrictBool = False
    approval: ApprovalMode = ApprovalMode.TERMINAL
    accounts: tuple[PolicyAccount, ...] = ()
    regions: tuple[_Region, ...] = ()
    instance_types: tuple[_TypeName, ...] = ()
    required_tags: tuple[Annotated[str, AfterValidator(_tag_key)], ...] = ()
    tags: Annotated[Mapping[str, str], AfterValidator(_tags)] = Field(default_factory=dict)
    multi_segment: StrictBool = False
    currency: _Currency = "USD"
    ceilings: Ceilings = Field(default_factory=Ceilings, validate_default=True)
    ledger: Annotated[str, AfterValidator(_ledger)] = "local"
    ledger_id: _Word | None = None
    http: HttpTerms | None = None

    @field_validator("accounts")
    @classmethod
    def _once_each(cls, accounts: tuple[PolicyAccount, ...]) -> tuple[PolicyAccount, ...]:
        ids = [each.id for each in accounts]
        twice = next((each for each in ids if ids.count(each) > 1), None)
        if twice:
            raise ValueError(f"{twice} is named twice")
        return accounts

    @field_validator("ceilings")
    @classmethod
    def _all_where_on(cls, ceilings: Ceilings, info: ValidationInfo) -> Ceilings:
        if info.data.get("purchases") and ceilings.unsaid:
            raise ValueError(f"purchases are on, and {', '.join(ceilings.unsaid)} is missing")
        return ceilings


class Policy(Rules):
    """A policy as it was read. file is where it is, without links; hash is the SHA-256 of its bytes.

    Each check raises PolicyForbids where the policy does not allow what is asked.
    """

    file: Path
    hash: str

    @property
    def lacking(self) -> tuple[str, ...]:
        """The keys without which nothing can be bought, and that the file does not give."""
        empty = (name for name in ("accounts", "regions", "instance_types") if not getattr(self, name))
        return (*empty, *(f"ceilings.{name}" for name in self.ceilings.unsaid))

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The numbers of the accounts in which may be bought."""
        return tuple(each.id for each in self.accounts)

    def check_enabled(self) -> None:
        """Purchases are on."""
        if not self.purchases:
            raise self._forbids("purchases", "purchases are off")

    def check_account(self, number: str) -> PolicyAccount:
        """Purchases are allowed in an account; who buys there."""
        found = next((each for each in self.accounts if each.id == number), None)
        if found is None:
            raise self._forbids("accounts", f"account {word(number)} is not {_listed(self.account_ids)}")
        return found

    def check_region(self, region: str) -> None:
        """Purchases are allowed in a region."""
        if region not in self.regions:
            raise self._forbids("regions", f"{word(region)} is not {_listed(self.regions)}")

    def check_type(self, name: str) -> None:
        """An instance type, by AWS's name, may be bought."""
        if name not in self.instance_types:
            raise self._forbids("instance_types", f"{word(name)} is not {_listed(self.instance_types)}")

    def check_currency(self, currency: str) -> None:
        """A price is in the currency of the ceilings."""
        if currency != self.currency:
            raise self._forbids(
                "currency", f"the price is in {word(currency) if currency else 'no currency'}, not in {self.currency}"
            )

    def check_parts(self, count: int) -> None:
        """A block may be of so many segments, or a plan of so many parts."""
        if count > 1 and not self.multi_segment:
            raise self._forbids("multi_segment", f"it is of {count} segments or parts, and only one is allowed")

    def check_tags(self, tags: Mapping[str, str]) -> None:
        """All tags that a person and the policy set on a purchase are allowed, and none that is required lacks."""
        try:
            _tags(tags)
        except ValueError as problem:
            raise self._forbids("tags", str(problem)) from problem
        lacking = [key for key in self.required_tags if not tags.get(key, "").strip()]
        if lacking:
            raise self._forbids("required_tags", f"no value is given for {', '.join(lacking)}")

    def check_fee(self, fee: Decimal) -> None:
        """One purchase may cost this fee."""
        self._check_amount("per_purchase", fee, self.ceilings.per_purchase, "for one purchase")

    def check_rate(self, rate: Decimal) -> None:
        """An accelerator-hour may cost this."""
        self._check_amount("per_accelerator_hour", rate, self.ceilings.per_accelerator_hour, "per accelerator-hour")

    def _check_amount(self, ceiling: str, amount: Decimal, most: Decimal, each: str) -> None:
        if not amount.is_finite() or amount < 0:
            raise self._forbids(f"ceilings.{ceiling}", f"{amount} is no price")
        if amount > most:
            why = f"{_shown(amount)} {self.currency} {each} is more than the {most} {self.currency} that may be spent"
            raise self._forbids(f"ceilings.{ceiling}", why)

    def _forbids(self, rule: str, why: str) -> PolicyForbids:
        return PolicyForbids(self.file, rule, why)


def load_policy(path: Path, *, work_tree: Path | None) -> Policy:
    """Read a policy, once: what is hashed is what was parsed. work_tree is a folder of the project worked on.

    Raises:
        PolicyRefused: There is none; or others could have written it: by its modes, by its owner, or because it is in
            the work tree; or it does not say what a policy says.
    """
    try:
        file = path.resolve(strict=True)
        _check_tree(file, work_tree)
        for folder in dict.fromkeys((path.parent.resolve(strict=True), file.parent)):
            _check_owned(file, folder, folder.stat())
        content = _content(file)
    except (FileNotFoundError, NotADirectoryError):
        why = "there is none. `ml-clusters policy init` makes one, in which a person then says what may be bought"
        raise PolicyMissing(path, "missing", why, "ml-clusters policy init") from None
    except (OSError, RuntimeError) as error:
        raise PolicyRefused(path, "readable", f"it could not be read: {error}") from error
    rules = _rules(file, content)
    return Policy(file=file, hash=hashlib.sha256(content).hexdigest(), **dict(rules))


def _check_tree(file: Path, work_tree: Path | None) -> None:
    for tree in _trees(work_tree):
        if file.is_relative_to(tree):
            why = f"it is inside {tree}, which is worked on: whoever works there could change it"
            raise PolicyRefused(file, "outside the work tree", why)


def _trees(work_tree: Path | None) -> Iterator[Path]:
    """The project's folder, and the git work tree that it is part of."""
    if work_tree is None:
        return
    folder = work_tree.resolve()
    yield folder
    yield from [each for each in (folder, *folder.parents) if (each / ".git").exists()][:1]


def _content(file: Path) -> bytes:
    # The file that was opened is the one whose owner and modes are looked at, and opening a pipe would wait.
    opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as stream:
        facts = os.fstat(opened)
        if not stat.S_ISREG(facts.st_mode):
            raise PolicyRefused(file, "readable", "it is no ordinary file")
        if facts.st_nlink > 1:
            raise PolicyRefused(file, "one name", "it has another name elsewhere, by which it could be changed")
        _check_owned(file, file, facts)
        return stream.read()


def _check_owned(file: Path, looked_at: Path, facts: os.stat_result) -> None:
    what = "it" if looked_at == file else f"its folder {looked_at}"
    if facts.st_uid not in {0, os.getuid()}:
        why = f"{what} belongs to user {facts.st_uid}, neither to you nor to root"
        raise PolicyRefused(file, "owner", why, f"chown {os.getuid()} {shlex.quote(str(looked_at))}")
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        mode = stat.S_IMODE(facts.st_mode)
        why = f"{what} has mode {mode:04o}, so others can write there: chmod go-w it"
        raise PolicyRefused(file, "written by its owner alone", why, f"chmod go-w {shlex.quote(str(looked_at))}")


def _rules(file: Path, content: bytes) -> Rules:
    try:
        return Rules.model_validate(tomllib.loads(content.decode()))
    except ValidationError as error:
        problems = [(_place(each), _problem(each)) for each in error.errors()]
        more = "".join(f"; {place}: {problem}" for place, problem in problems[1:])
        raise PolicyRefused(file, problems[0][0], f"{problems[0][1]}{more}") from error
    except ValueError as error:
        raise PolicyRefused(file, "TOML", clean(str(error))) from error


def _place(error: Any) -> str:
    return clean(".".join(map(str, error["loc"])), 80) or "policy"


def _problem(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "nothing of this name is known"
    return clean(error["msg"].removeprefix("Value error, "))


def _listed(names: tuple[str, ...]) -> str:
    return f"among those allowed: {', '.join(names)}" if names else "allowed: none is"


def _shown(amount: Decimal) -> str:
    """An amount in cents; one with fractions of a cent is rounded up, so that it never looks like its ceiling."""
    cents = amount.quantize(Decimal("0.01"))
    return str(cents if cents == amount else amount.quantize(Decimal("0.000001"), ROUND_UP))
