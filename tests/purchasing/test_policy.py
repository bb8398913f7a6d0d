"""The spending policy: which file is one, what it says, what it allows."""

import hashlib
import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.purchasing.entries import ApprovalMode
from mcp_server.purchasing.policy import Policy, PolicyAccount, PolicyForbids, PolicyRefused, Rules, load_policy
from mcp_server.purchasing.policy_template import template, write_policy

CEILINGS = """
[ceilings]
per_purchase = "50000.00"
per_accelerator_hour = "12.50"
rolling_24_hours = 60000
calendar_month = "100000"
"""
WHOLE = f"""
purchases = true
approval = "second-person"
regions = ["us-east-1", "us-gov-west-1"]
instance_types = ["p5.48xlarge", "u-p6e-gb200x72"]
required_tags = ["Team"]
ledger_id = "lg-1"
{CEILINGS}
[tags]
Team = "ML"
Note = ""

[[accounts]]
id = "111122223333"
name = "research"
purchaser_role = "arn:aws:iam::111122223333:role/path/buyer"
purchaser_profile = "buyer"
mfa_serial = "arn:aws:iam::111122223333:mfa/jo@example.com"
"""

Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a policy that only its owner can change."""

    def write(text: str) -> Path:
        folder = tmp_path / "config"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / "policy.toml"
        file.write_text(text)
        file.chmod(0o600)
        return file

    return write


@pytest.fixture
def whole(written: Written) -> Policy:
    """A policy that says everything."""
    return load_policy(written(WHOLE), work_tree=None)


def refusal(file: Path, work_tree: Path | None = None) -> PolicyRefused:
    """Why a policy is not read; its text names the file and the rule."""
    with pytest.raises(PolicyRefused) as refused:
        load_policy(file, work_tree=work_tree)
    assert str(refused.value.file) in str(refused.value)
    assert f"({refused.value.rule})" in str(refused.value)
    return refused.value


def test_all_that_a_policy_says_is_read(whole: Policy) -> None:
    """Every field has its value, and money is exact."""
    assert whole.purchases
    assert whole.approval is ApprovalMode.SECOND_PERSON
    assert whole.account_ids == ("111122223333",)
    assert whole.accounts[0].mfa_serial == "arn:aws:iam::111122223333:mfa/jo@example.com"
    assert whole.tags == {"Team": "ML", "Note": ""}
    assert str(whole.ceilings.per_purchase) == "50000.00"
    assert whole.ceilings.rolling_24_hours == Decimal(60000)
    assert (whole.currency, whole.ledger, whole.ledger_id) == ("USD", "local", "lg-1")


def test_what_is_hashed_is_the_file(whole: Policy, written: Written) -> None:
    """The hash is that of the file's bytes: a comment more is another policy."""
    assert whole.hash == hashlib.sha256(whole.file.read_bytes()).hexdigest()
    assert load_policy(written(f"{WHOLE}# more"), work_tree=None).hash != whole.hash


def test_an_empty_policy_allows_nothing(written: Written) -> None:
    """Purchases are off, a person in a terminal must approve, nothing is named, and nothing may be spent."""
    policy = load_policy(written(""), work_tree=None)
    assert not policy.purchases
    assert not policy.multi_segment
    assert policy.approval is ApprovalMode.TERMINAL
    assert policy.accounts == policy.regions == policy.instance_types == ()
    with pytest.raises(PolicyForbids):
        policy.check_fee(Decimal("0.01"))


def test_a_missing_policy_says_how_to_begin(tmp_path: Path) -> None:
    """Purchases are off until there is one, and init makes it."""
    why = refusal(tmp_path / "none" / "policy.toml")
    assert why.rule == "missing"
    assert "ml-clusters policy init" in str(why)
    assert "Purchases are off until" in str(why)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o660])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_others_can_write_is_refused(written: Written, what: str, mode: int) -> None:
    """A group or anybody who can write the file, or put another in its place, decides nothing about spending."""
    file = written(WHOLE)
    (file if what == "file" else file.parent).chmod(mode | 0o100)
    why = refusal(file)
    assert why.rule == "written by its owner alone"
    assert f"{mode | 0o100:04o}" in why.why


def test_others_may_read_it(written: Written) -> None:
    """A policy is no secret."""
    file = written(WHOLE)
    file.chmod(0o644)
    file.parent.chmod(0o755)
    assert load_policy(file, work_tree=None).purchases


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_belongs_to_another_user_is_refused(written: Written, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this user and root say what may be spent."""
    file = written(WHOLE)
    uid = os.getuid()
    if uid == 0:
        os.chown(file if what == "file" else file.parent, 12345, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    why = refusal(file)
    assert why.rule == "owner"
    assert "neither to you nor to root" in why.why


def test_a_policy_inside_the_project_is_refused(written: Written, tmp_path: Path) -> None:
    """Whoever works in the project must not be able to say what may be spent."""
    file = written(WHOLE)
    assert refusal(file, tmp_path).rule == "outside the work tree"
    assert refusal(file, file.parent).rule == "outside the work tree"
    assert load_policy(file, work_tree=tmp_path / "elsewhere").purchases


@pytest.mark.parametrize("worktree", [False, True])
def test_a_policy_inside_the_projects_git_work_tree_is_refused(
    written: Written, tmp_path: Path, worktree: bool
) -> None:
    """The project's folder may be a part of what is under version control; .git may be a file."""
    file = written(WHOLE)
    git = tmp_path / ".git"
    git.touch() if worktree else git.mkdir()
    project = tmp_path / "services" / "one"
    project.mkdir(parents=True)
    why = refusal(file, project)
    assert why.rule == "outside the work tree"
    assert str(tmp_path) in why.why


def test_a_link_is_judged_by_where_it_leads(written: Written, tmp_path: Path) -> None:
    """A link into the project, or to a file that others can write, does not hide that; a good one is followed."""
    file = written(WHOLE)
    folder = tmp_path / "links"
    folder.mkdir(mode=0o700)
    link = folder / "policy.toml"
    link.symlink_to(file)
    assert load_policy(link, work_tree=folder).file == file
    assert refusal(link, file.parent).file == file
    file.parent.chmod(0o777)
    assert refusal(link).rule == "written by its owner alone"


def test_a_link_that_others_could_turn_is_refused(written: Written, tmp_path: Path) -> None:
    """The folder of the link matters as much as that of the file."""
    folder = tmp_path / "links"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "policy.toml").symlink_to(written(WHOLE))
    assert str(folder) in refusal(folder / "policy.toml").why


def test_links_that_lead_nowhere_are_refused(written: Written) -> None:
    """A loop and a broken link are no policy."""
    file = written("")
    file.unlink()
    file.symlink_to(file)
    assert refusal(file).rule == "readable"
    file.unlink()
    file.symlink_to(file.parent / "gone")
    assert refusal(file).rule == "missing"


def test_only_an_ordinary_file_is_read(written: Written) -> None:
    """A folder or a pipe in its place is refused, without waiting for anybody to write."""
    file = written("")
    file.unlink()
    os.mkfifo(file, 0o600)
    assert refusal(file).rule == "readable"
    file.unlink()
    file.mkdir(mode=0o700)
    assert refusal(file).rule == "readable"


@pytest.mark.parametrize("content", [b"purchases = ", b"purchases = true\npurchases = true", b"\xff\xfe", b"\x00"])
def test_what_is_not_toml_is_refused(written: Written, content: bytes) -> None:
    """Half of a file is not read as if it were all."""
    file = written("")
    file.write_bytes(content)
    assert refusal(file).rule == "TOML"


@pytest.mark.parametrize(
    ("text", "rule", "says"),
    [
        ("purchase = true", "purchase", "nothing of this name is known"),
        ('hash = "0"', "hash", "nothing of this name is known"),
        ('file = "/tmp/other"', "file", "nothing of this name is known"),
        ('[[accounts]]\nid = "111122223333"\nrole = "x"', "accounts.0.role", "nothing of this name is known"),
        ("[ceilings]\nper_day = 1", "ceilings.per_day", "nothing of this name is known"),
        ('purchases = "true"', "purchases", "boolean"),
        ("purchases = 1", "purchases", "boolean"),
        ("multi_segment = 1", "multi_segment", "boolean"),
        ('approval = "nobody"', "approval", "'client', 'terminal' or 'second-person'"),
        ("[[accounts]]\nid = 111122223333", "accounts.0.id", "string"),
        ('[[accounts]]\nid = "11112222333"', "accounts.0.id", "12 digits"),
        ('[[accounts]]\nid = "١١١١٢٢٢٢٣٣٣٣"', "accounts.0.id", "12 digits"),
        ('[[accounts]]\nid = "111122223333\\n"', "accounts.0.id", "12 digits"),
        ('[[accounts]]\nname = "research"', "accounts.0.id", "required"),
        ('accounts = [{id = "111122223333"}, {id = "111122223333"}]', "accounts", "named twice"),
        ('[[accounts]]\nid = "111122223333"\npurchaser_role = "buyer"', "accounts.0.purchaser_role", "ARN of a role"),
        ('[[accounts]]\nid = "111122223333"\nmfa_serial = "123456"', "accounts.0.mfa_serial", "ARN of a device"),
        (
            '[[accounts]]\nid = "111122223333"\nmfa_serial = "arn:aws:iam::111122223333:mfa/jo"',
            "accounts.0",
            "no code would be asked for",
        ),
        ('regions = ["us-*"]', "regions.0", "is not a region"),
        ('regions = "us-east-1"', "regions", "tuple"),
        ('instance_types = ["p5.48xlarge", "p5"]', "instance_types.1", "write p5.48xlarge"),
        ('instance_types = ["h200"]', "instance_types.0", "write p5e.48xlarge or p5en.48xlarge"),
        ('instance_types = ["gb200"]', "instance_types.0", "write u-p6e-gb200x72 or u-p6e-gb200x36"),
        ('instance_types = ["P5.48xlarge"]', "instance_types.0", "write p5.48xlarge"),
        ('instance_types = ["m5.large"]', "instance_types.0", "No capacity is sold as 'm5.large'"),
        ('required_tags = ["aws:x"]', "required_tags.0", "reserved"),
        ('[tags]\n"ml-clusters:fee" = "0"', "tags", "reserved"),
        ('[tags]\n"AWS:x" = "0"', "tags", "reserved"),
        ('[tags]\nTeam = "a\\u202eb"', "tags", "cannot be printed"),
        ("[tags]\nTeam = 1", "tags.Team", "string"),
        ('currency = "dollars"', "currency", "is not a currency"),
        ('ledger = "dynamodb://budget"', "ledger", 'not in this version: write ledger = "local"'),
        ('ledger = "/tmp/ledger"', "ledger", 'the ledger is "local"'),
        ('ledger_id = ""', "ledger_id", "one word"),
        ("[ceilings]\nper_purchase = 100.5", "ceilings.per_purchase", 'write it in quotes, as "100.5"'),
        ("[ceilings]\nper_purchase = inf", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = 0", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = -5", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = true", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = '0.00'", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = '1e6'", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = 'NaN'", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = '50,000'", "ceilings.per_purchase", "above 0"),
        ("[ceilings]\nper_purchase = ' 5'", "ceilings.per_purchase", "above 0"),
        ("purchases = true", "ceilings", "per_purchase, per_accelerator_hour, rolling_24_hours, calendar_month"),
        (WHOLE.replace("rolling_24_hours = 60000", ""), "ceilings", "rolling_24_hours is missing"),
    ],
)
def test_what_a_policy_does_not_say_so_is_refused(written: Written, text: str, rule: str, says: str) -> None:
    """A slip is never read as something that it might mean: its key is named, and what is wrong."""
    why = refusal(written(text))
    assert why.rule == rule
    assert says in why.why


def test_every_mistake_is_named_at_once(written: Written) -> None:
    """A person mends the file in one go."""
    why = refusal(written('regions = ["x"]\ncurrency = "y"\nfoo = 1'))
    assert all(each in str(why) for each in ("regions.0", "currency", "foo"))


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        (lambda policy: policy.check_account("999999999999"), "accounts"),
        (lambda policy: policy.check_region("eu-west-2"), "regions"),
        (lambda policy: policy.check_type("p5e.48xlarge"), "instance_types"),
        (lambda policy: policy.check_currency("EUR"), "currency"),
        (lambda policy: policy.check_currency(""), "currency"),
        (lambda policy: policy.check_parts(2), "multi_segment"),
        (lambda policy: policy.check_tags({}), "required_tags"),
        (lambda policy: policy.check_tags({"Team": " "}), "required_tags"),
        (lambda policy: policy.check_tags({"team": "ML"}), "required_tags"),
        (lambda policy: policy.check_tags({"Team": "ML", "ml-clusters:fee": "0"}), "tags"),
        (lambda policy: policy.check_tags({"Team": "ML", "": "x"}), "tags"),
        (lambda policy: policy.check_tags({"Team": "M" * 257}), "tags"),
        (lambda policy: policy.check_tags({"Team": "ML", "k" * 129: ""}), "tags"),
        (lambda policy: policy.check_tags({"Team": "ML"} | {f"k{each}": "" for each in range(40)}), "tags"),
        (lambda policy: policy.check_fee(Decimal("50000.01")), "ceilings.per_purchase"),
        (lambda policy: policy.check_fee(Decimal("NaN")), "ceilings.per_purchase"),
        (lambda policy: policy.check_fee(Decimal(-1)), "ceilings.per_purchase"),
        (lambda policy: policy.check_rate(Decimal("12.5000001")), "ceilings.per_accelerator_hour"),
    ],
)
def test_what_is_not_allowed_is_forbidden(whole: Policy, check: Callable[[Policy], object], rule: str) -> None:
    """The sentence names rule and file, says that nothing was bought, and teaches no way around."""
    with pytest.raises(PolicyForbids) as forbidden:
        check(whole)
    told = str(forbidden.value)
    assert forbidden.value.rule == rule
    assert f"({rule})" in told
    assert str(whole.file) in told
    assert told.endswith("Nothing was bought.")
    assert not any(word in told.lower() for word in ("edit", "add ", "change", "raise", "true"))


def test_what_is_allowed_passes(whole: Policy) -> None:
    """Everything named is allowed, up to the ceilings and including them."""
    whole.check_enabled()
    assert whole.check_account("111122223333").name == "research"
    whole.check_region("us-gov-west-1")
    whole.check_type("u-p6e-gb200x72")
    whole.check_currency("USD")
    whole.check_parts(1)
    whole.check_tags({"Team": "ML", "k" * 128: "v" * 256} | {f"k{each}": "" for each in range(38)})
    whole.check_fee(Decimal("50000.00"))
    whole.check_rate(Decimal("12.5"))


def test_purchases_that_are_off_are_forbidden(written: Written) -> None:
    """Whatever else it says, nothing can be bought until purchases are on."""
    policy = load_policy(written(WHOLE.replace("purchases = true", "")), work_tree=None)
    with pytest.raises(PolicyForbids, match=r"\(purchases\): purchases are off\. Nothing was bought\."):
        policy.check_enabled()


def test_several_segments_are_allowed_where_it_says_so(written: Written) -> None:
    """Blocks of several segments can be allowed."""
    load_policy(written(f"multi_segment = true\n{WHOLE}"), work_tree=None).check_parts(3)


@given(st.decimals(min_value=0, max_value=10**9, allow_nan=False), st.integers(1, 10**11))
def test_a_fee_is_allowed_up_to_its_ceiling(fee: Decimal, cents: int) -> None:
    """Fees pass exactly when they are no more than the ceiling, whatever their digits; a refusal shows them as more."""
    ceiling = Decimal(cents) / 100
    rules = Rules.model_validate({"ceilings": {"per_purchase": f"{ceiling:f}"}})
    policy = Policy(file=Path("policy.toml"), hash="", **dict(rules))
    if fee <= ceiling:
        policy.check_fee(fee)
    else:
        with pytest.raises(PolicyForbids) as forbidden:
            policy.check_fee(fee)
        assert Decimal(forbidden.value.why.split()[0]) > ceiling


def test_the_template_of_real_aws_allows_nothing_yet(tmp_path: Path) -> None:
    """It can be read, names the accounts, and leaves purchases off."""
    file = tmp_path / "config" / "policy.toml"
    write_policy(file, template([PolicyAccount(id="111122223333", name="research")], simulated=False))
    policy = load_policy(file, work_tree=None)
    assert not policy.purchases
    assert policy.approval is ApprovalMode.TERMINAL
    assert policy.accounts == (PolicyAccount(id="111122223333", name="research"),)
    assert policy.regions == policy.instance_types == ()
    assert policy.tags == {}
    assert len(policy.ceilings.unsaid) == 4


def test_the_template_becomes_a_policy_when_a_person_says_more(tmp_path: Path) -> None:
    """Its commented examples, taken as they are, are a policy."""
    file = tmp_path / "config" / "policy.toml"
    text = template([], simulated=False).replace("purchases = false", "purchases = true")
    examples = (
        "[[accounts]]",
        "id ",
        "name ",
        "purchaser_",
        "mfa_",
        "per_",
        "rolling_",
        "calendar_",
        "Team",
        "ledger_",
    )
    for each in examples:
        text = text.replace(f"\n# {each}", f"\n{each}")
    write_policy(file, text)
    policy = load_policy(file, work_tree=None)
    assert policy.account_ids == ("123456789012",)
    assert policy.ceilings.unsaid == ()
    assert policy.tags == {"Team": "ML"}


def test_the_template_of_simulated_aws_allows_everything(tmp_path: Path) -> None:
    """Demos buy there at once: purchases are on, in every region and type, with a purchaser role in each account."""
    file = tmp_path / "simulated" / "policy.toml"
    write_policy(file, template([PolicyAccount(id="111122223333"), PolicyAccount(id="444455556666")], simulated=True))
    policy = load_policy(file, work_tree=None)
    policy.check_enabled()
    assert policy.approval is ApprovalMode.CLIENT
    assert policy.check_account("444455556666").purchaser_role == "arn:aws:iam::444455556666:role/ml-clusters-purchaser"
    for kind in CATALOGUE.values():
        policy.check_type(kind.name)
        for region in kind.regions:
            policy.check_region(region)
    policy.check_tags(policy.tags)
    policy.check_fee(Decimal(250000))
    policy.check_rate(Decimal(30))


def test_a_policy_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    """Others can neither read nor change a new policy, nor go on writing in a folder that was there."""
    file = tmp_path / "new" / "policy.toml"
    write_policy(file, "")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o775)
    write_policy(shared / "policy.toml", "")
    assert shared.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("link", [False, True])
def test_a_policy_is_never_written_over(tmp_path: Path, link: bool) -> None:
    """What a person wrote stays, also a link that leads nowhere yet."""
    file = tmp_path / "policy.toml"
    file.symlink_to(tmp_path / "gone") if link else file.write_text("mine")
    with pytest.raises(FileExistsError):
        write_policy(file, "")
    assert not (tmp_path / "gone").exists()
    assert link or file.read_text() == "mine"


KEYS = """'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'"""
NAME = "gpu.example.com"
HTTP = {
    "url": "https://gpu.example.com/mcp",
    "issuer": "https://login.example.com/tenant",
    "jwks_url": "https://login.example.com/keys",
}


def http(**changes: str | None) -> str:
    """A policy with an [http] of these keys besides the usual, written as TOML."""
    said = {name: json.dumps(value) for name, value in HTTP.items()} | changes
    return "[http]\n" + "".join(f"{name} = {value}\n" for name, value in said.items() if value)


def test_a_policy_says_whose_tokens_let_people_in(written: Written) -> None:
    """The audience is the address unless it is said; by default no dialog is enough and nobody is known in AWS."""
    assert load_policy(written(""), work_tree=None).http is None
    terms = load_policy(written(http()), work_tree=None).http
    assert terms is not None
    assert (terms.intended_for, terms.names, terms.dialog, terms.principals) == (HTTP["url"], (NAME,), False, {})
    more = {
        "audience": '"ml-clusters"',
        "hosts": '["10.0.0.5:8765", "[fd00::5]:8765"]',
        "dialog": "true",
        "principals": '{"auth0|jo@example.com" = ["arn:aws:iam::111122223333:role/path/jo"]}',
        "jwks_url": None,
        "jwks": KEYS,
    }
    terms = load_policy(written(http(**more)), work_tree=None).http
    assert terms is not None
    assert (terms.intended_for, terms.names) == ("ml-clusters", (NAME, "10.0.0.5:8765", "[fd00::5]:8765"))
    assert terms.dialog
    assert terms.principals == {"auth0|jo@example.com": ("arn:aws:iam::111122223333:role/path/jo",)}


@pytest.mark.parametrize(
    ("changes", "rule", "why"),
    [
        ({"url": None}, "http.url", "Field required"),
        ({"issuer": None}, "http.issuer", "Field required"),
        ({"jwks_url": None}, "http", "the issuer's keys are either at jwks_url or in jwks"),
        ({"jwks": KEYS}, "http", "the issuer's keys are either at jwks_url or in jwks"),
        ({"url": '"http://gpu.example.com/mcp"'}, "http.url", "https://"),
        ({"jwks_url": '"http://login.example.com/keys"'}, "http.jwks_url", "https://"),
        ({"jwks_url": '"file:///etc/keys"'}, "http.jwks_url", "https://"),
        ({"issuer": '"https://user:secret@login.example.com"'}, "http.issuer", "neither user"),
        ({"issuer": '"https://login.example.com/?a=b"'}, "http.issuer", "neither user"),
        ({"issuer": '"https://login.example.com alice"'}, "http.issuer", "one word"),
        ({"hosts": '["*"]'}, "http.hosts.0", "is not a host"),
        ({"hosts": '["gpu.example.com:*"]'}, "http.hosts.0", "is not a host"),
        ({"hosts": '["https://gpu.example.com"]'}, "http.hosts.0", "is not a host"),
        ({"dialog": '"yes"'}, "http.dialog", "bool"),
        ({"algorithms": '["HS256"]'}, "http.algorithms", "nothing of this name is known"),
        ({"principals": '{jo = "arn:aws:iam::111122223333:user/jo"}'}, "http.principals.jo", "tuple"),
        ({"principals": '{jo = ["jo"]}'}, "http.principals.jo.0", "is not the ARN"),
        ({"principals": "{jo = []}"}, "http.principals", "at least one ARN"),
        ({"jwks_url": None, "jwks": "'{}'"}, "http.jwks", "no JSON Web Key Set"),
        ({"jwks_url": None, "jwks": "'[[[['"}, "http.jwks", "no JSON Web Key Set"),
        ({"jwks_url": None, "jwks": """'{"keys": []}'"""}, "http.jwks", "it has no key"),
        ({"jwks_url": None, "jwks": """'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'"""}, "http.jwks", "only public"),
        ({"jwks_url": None, "jwks": """'{"keys": [{"kty": "RSA", "d": "AQAB"}]}'"""}, "http.jwks", "only public"),
    ],
)
def test_whom_to_let_in_is_said_wholly_or_not_at_all(
    written: Written, changes: dict[str, str | None], rule: str, why: str
) -> None:
    """What is lacking, unencrypted, secret or not known refuses the whole policy, under the key's name."""
    refused = refusal(written(http(**changes)))
    assert refused.rule == rule
    assert why in str(refused)
