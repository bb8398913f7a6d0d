"""The total that a person types."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.purchasing.totals import same_total

FEE = Decimal("31464.00")
fees = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)


@pytest.mark.parametrize(
    "typed",
    [
        "31464",
        "31464.00",
        "31464.0",
        "31,464.00",
        "31,464",
        "$31464.00",
        "$31,464",
        "31464 USD",
        "31,464.00 USD",
        "  31464.00\t",
    ],
)
def test_a_total_can_be_typed_as_people_write_it(typed: str) -> None:
    """Cents, thousands' commas, the sign or the currency may be there or not."""
    assert same_total(typed, FEE, "USD")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "yes",
        "31463.99",
        "31464.001",
        "31464.",
        ".31464",
        "31.464,00",
        "31464,00",
        "3,1464",
        "314,64",
        "31,464,00",
        ",31464",
        "31 464",
        "031464",
        "+31464",
        "-31464",
        "3.1464e4",
        "31464E0",
        "31_464",
        "0x7AE8",
        "\u0663\u0661\u0664\u0666\u0664",
        "\uff13\uff11\uff14\uff16\uff14",
        "31464\N{NO-BREAK SPACE}",
        "€31464",
        "31464 EUR",
        "31464 usd",
        "31464USD",
        "31464  USD",
        "USD 31464",
        "$31464 USD",
        "$ 31464",
        "$$31464",
        "31464 USD USD",
        "31464\n31464",
        "thirty-one thousand four hundred and sixty-four",
    ],
)
def test_nothing_else_is_a_total(typed: str) -> None:
    """Nothing is rounded, guessed or read in another notation."""
    assert not same_total(typed, FEE, "USD")


def test_the_dollar_sign_is_for_dollars() -> None:
    """A total in another currency is not typed with the sign of this one."""
    assert same_total("31464 CNY", FEE, "CNY")
    assert not same_total("$31464", FEE, "CNY")
    assert not same_total("31464 USD", FEE, "CNY")


@given(fees)
def test_every_way_of_writing_a_fee_is_that_fee(fee: Decimal) -> None:
    """Whatever it costs, its plain and its comma'd form are accepted, with sign or currency."""
    for typed in (f"{fee}", f"{fee:,}", f"${fee:,}", f"{fee} USD", f" {fee:,} USD "):
        assert same_total(typed, fee, "USD")


@given(fees, fees)
def test_no_other_amount_is_this_fee(fee: Decimal, other: Decimal) -> None:
    """Two amounts are the same only if they are equal."""
    assert same_total(f"{other:,}", fee, "USD") == (other == fee)


@given(st.text(alphabet="0123456789,.$ USDe+-_\u0660\uff11\xa0", max_size=20), fees)
def test_what_is_accepted_has_the_fees_digits(typed: str, fee: Decimal) -> None:
    """Whatever is typed, it is accepted only if its ASCII digits and its point spell the fee."""
    if same_total(typed, fee, "USD"):
        spelled = "".join(each for each in typed if each in "0123456789.")
        assert Decimal(spelled) == fee
        assert not set(typed) & set("e+-_\u0660\uff11\xa0")


@given(fees.filter(lambda fee: fee >= 1000), st.data())
def test_commas_stand_only_between_thousands(fee: Decimal, data: st.DataObject) -> None:
    """A comma anywhere else makes it no total."""
    digits = f"{fee:.2f}"
    at = data.draw(st.integers(0, len(digits)))
    typed = f"{digits[:at]},{digits[at:]}"
    assert same_total(typed, fee, "USD") == (typed == f"{fee:,.2f}")
