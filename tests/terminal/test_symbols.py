"""Which of a broker's symbols stands for ours; a doubt is refused in words that say what to do."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.config import load_config
from assistant.core.market import Role, TradeMode, Unknown
from assistant.terminal.symbols import NotOffered, Offered, Wanted, offered, problems, resolve

IWM_ISIN, SPY_ISIN = "US4642876555", "US78462F1030"
IWM = Wanted(
    role=Role.RISK_ON,
    names=("IWM.US", "IWM"),
    isin=IWM_ISIN,
    description=r"iShares Russell 2000( ETF)",
)
SPY = Wanted(role=Role.RISK_ON, names=("SPY.US",), isin=SPY_ISIN)


def an_offer(name: str, isin: str | None = None, description: str = "", **other: object) -> Offered:
    plain = Offered(name=name, description=description, isin=isin, currency="USD", trade_mode=TradeMode.FULL)
    return replace(plain, **other)  # type: ignore[arg-type]


def found(*offers: Offered, wanted: dict[str, Wanted] | None = None) -> dict[str, str | Unknown]:
    by_name = {one.name: one for one in offers}
    return dict(resolve(wanted or {"IWM": IWM}, by_name.get, lambda: offers, {}))


def refusal(*offers: Offered, wanted: dict[str, Wanted] | None = None) -> str:
    answer = found(*offers, wanted=wanted)["IWM"]
    assert isinstance(answer, Unknown)
    assert not isinstance(answer, NotOffered)
    return answer.reason


def test_the_first_configured_name_that_is_known_is_taken_and_the_catalogue_is_not_asked() -> None:
    def catalogue() -> Sequence[Offered]:
        raise AssertionError("asked for ten thousand symbols")

    known = {"IWM": an_offer("IWM"), "SPY.US": an_offer("SPY.US")}
    assert resolve({"IWM": IWM, "SPY": SPY}, known.get, catalogue, {}) == {"IWM": "IWM", "SPY": "SPY.US"}


def test_what_was_found_before_stays_and_is_not_looked_for() -> None:
    def lookup(name: str) -> Offered | None:
        raise AssertionError(name)

    assert resolve({"IWM": IWM}, lookup, lambda: (), {"IWM": "IWM.r"}) == {"IWM": "IWM.r"}


def test_the_isin_finds_a_symbol_of_any_name() -> None:
    assert found(an_offer("RUT_ETF", IWM_ISIN), an_offer("IWM.r")) == {"IWM": "RUT_ETF"}


@pytest.mark.parametrize(
    "name",
    [
        "#IWM",
        ".IWM",
        "IWM.US",
        "IWM.us",
        "IWM_i",
        "IWMm",
        "IWM.r",
        "IWM.NYSE",
        "IWM-US",
        "IWM.P",
        "IWM_cash",
        "#IWM.US",
        "IWM.NAS",
        "IWM.CFD",
    ],
)
def test_our_name_with_a_brokers_usual_decoration_is_ours(name: str) -> None:
    assert found(an_offer(name), wanted={"IWM": replace(IWM, names=("X",))}) == {"IWM": name}


@pytest.mark.parametrize(
    "name",
    [
        "IWMX",
        "IWMI",
        "IWMmm",
        "iwm",
        "IWM.L",
        "IWM.AX",
        "IWM.DE",
        "IWM_Z25",
        "IWM.US.L",
        "XIWM",
        "IWM2",
        "IWM.",
        "IWMM",
        "IWM.MX",
        "IWM/USD",
    ],
)
def test_another_ticker_or_another_exchange_is_not_ours(name: str) -> None:
    assert isinstance(found(an_offer(name))["IWM"], NotOffered)


def test_a_whole_description_finds_a_symbol_in_any_case_and_a_part_of_one_does_not() -> None:
    whole, part = (
        an_offer("2000A", description="ISHARES RUSSELL 2000 ETF"),
        an_offer("2000B", description="iShares Russell 2000 ETF Growth"),
    )
    assert found(whole, part) == {"IWM": "2000A"}
    assert isinstance(found(part)["IWM"], NotOffered)
    assert isinstance(found(whole, wanted={"IWM": replace(IWM, description=None)})["IWM"], NotOffered)


def test_several_that_fit_are_refused_by_name_with_what_to_write() -> None:
    assert refusal(an_offer("IWM.r"), an_offer("IWM_i")) == (
        "IWM is left out: it could be IWM.r, IWM_i; "
        'choose in local.yaml, such as symbols: {IWM: {names: ["IWM.r"]}}'
    )
    many = [an_offer(f"IWM{letter}") for letter in "abcdefg"]
    assert "it could be IWMa, IWMb, IWMc, IWMd, IWMe and 2 more; " in refusal(*many)


def test_a_name_whose_isin_is_another_is_refused_with_both() -> None:
    assert refusal(an_offer("IWM.US", SPY_ISIN)) == (
        "IWM is left out: the ISIN of IWM.US was US78462F1030, expected US4642876555; "
        "if it is the one you mean, put symbols: {IWM: {isin: US78462F1030}} into local.yaml"
    )
    assert "the ISIN of IWM.r was US78462F1030" in refusal(an_offer("IWM.r", SPY_ISIN))
    described = an_offer("RUT", SPY_ISIN, "iShares Russell 2000 ETF")
    assert "the ISIN of RUT was US78462F1030" in refusal(described)


def test_only_the_right_isin_mends_a_name_with_a_wrong_one() -> None:
    wrong = an_offer("IWM.US", SPY_ISIN)
    assert found(wrong, an_offer("RUT", IWM_ISIN)) == {"IWM": "RUT"}
    assert "the ISIN of IWM.US was" in refusal(wrong, an_offer("IWM.r"))
    assert found(wrong, an_offer("IWM")) == {"IWM": "IWM"}  # a configured name of its own


def test_a_symbol_that_takes_no_orders_serves_only_where_no_other_does() -> None:
    shut = an_offer("IWM.US", trade_mode=TradeMode.DISABLED)
    assert found(shut) == {"IWM": "IWM.US"}
    assert found(shut, an_offer("IWM")) == {"IWM": "IWM"}
    assert found(shut, an_offer("IWM.r")) == {"IWM": "IWM.r"}
    assert found(shut, an_offer("RUT", IWM_ISIN)) == {"IWM": "RUT"}
    assert found(shut, an_offer("IWM.r", trade_mode=TradeMode.DISABLED)) == {"IWM": "IWM.US"}
    assert found(an_offer("IWM.r", trade_mode=TradeMode.DISABLED)) == {"IWM": "IWM.r"}
    assert found(shut, an_offer("IWM.r", SPY_ISIN)) == {"IWM": "IWM.US"}


def test_a_symbol_in_another_currency_or_of_the_users_own_making_is_passed_over() -> None:
    assert isinstance(found(an_offer("IWM.r", IWM_ISIN, currency="EUR"))["IWM"], NotOffered)
    assert isinstance(found(an_offer("IWM.US", custom=True))["IWM"], NotOffered)
    assert isinstance(found(an_offer("IWM.r", custom=True))["IWM"], NotOffered)


def test_a_symbol_that_stands_for_another_of_ours_is_refused() -> None:
    wanted = {"SPY": SPY, "IWM": replace(IWM, names=("SPY.US",), isin=None)}
    assert refusal(an_offer("SPY.US"), wanted=wanted) == "IWM is left out: SPY.US stands for SPY already"


def test_a_weak_match_never_takes_what_another_of_ours_names() -> None:
    first = replace(IWM, names=("X",), isin=None, description="Small caps")
    named = replace(SPY, names=("SC",), isin=None)
    answer = found(an_offer("SC", description="Small caps"), wanted={"IWM": first, "SPY": named})
    assert answer["SPY"] == "SC"
    assert answer["IWM"] == Unknown("IWM is left out: SC stands for SPY already")


def test_all_that_is_not_offered_is_one_short_sentence_and_each_doubt_its_own() -> None:
    answer = found(
        an_offer("IWM.r"),
        an_offer("IWM_i"),
        wanted={"KRE": replace(SPY, names=("KRE",)), "IWM": IWM, "US500": replace(SPY, isin=None)},
    )
    missing, doubt = problems(answer)
    assert missing == "not offered by this broker: KRE, US500"
    assert doubt.startswith("IWM is left out: it could be IWM.r, IWM_i")
    assert problems({"IWM": "IWM"}) == ()


@pytest.mark.parametrize(
    ("isin", "read"), [("us4642876555 ", IWM_ISIN), ("", None), ("-", None), ("N/A", None), ("IWM", None)]
)
def test_what_a_struct_says_is_an_offer_and_a_text_that_is_no_isin_is_none(
    isin: str, read: str | None
) -> None:
    info = SimpleNamespace(
        name="IWM.US", description=" ETF ", isin=isin, currency_profit="USD", trade_mode=3, custom=False
    )
    offer = offered(info)
    assert (offer.isin, offer.description, offer.trade_mode) == (read, "ETF", TradeMode.CLOSE_ONLY)


@given(
    st.lists(st.sampled_from(["IWM.r", "IWM", "SPY", "SPYm", "A", "B"]), unique=True),
    st.sampled_from([IWM_ISIN, SPY_ISIN, None]),
    st.booleans(),
)
def test_no_symbol_of_the_broker_stands_for_two_of_ours(
    names: list[str], isin: str | None, disabled: bool
) -> None:
    mode = TradeMode.DISABLED if disabled else TradeMode.FULL
    offers = [an_offer(name, isin, "iShares Russell 2000 ETF", trade_mode=mode) for name in names]
    twin = replace(IWM, names=("IWM", "A"))
    answers = found(*offers, wanted={"IWM": IWM, "SPY": SPY, "TWIN": twin, "B": replace(SPY, names=("B",))})
    taken = [one for one in answers.values() if isinstance(one, str)]
    assert len(taken) == len(set(taken))


FUNDS = """iShares Russell 2000 ETF
iShares Core S&P 500 ETF
SPDR S&P 500 ETF Trust
SPDR S&P 500 UCITS ETF
Vanguard S&P 500 ETF
Vanguard Russell 2000 Index Fund
ProShares UltraPro S&P500
Invesco S&P 500 Equal Weight ETF
iShares Russell 2000 Value ETF
S&P 500 Growth
S&P 500 Futures
Direxion Daily Small Cap Bull 3X Shares
500 Index""".splitlines()


@pytest.mark.parametrize(
    ("symbol", "own"), [("US2000", "US Small Cap 2000 Index"), ("US500", "S&P 500 Cash")]
)
def test_the_description_of_an_index_never_fits_a_fund_on_it(symbol: str, own: str) -> None:
    one = load_config(Path("nowhere")).symbols[symbol]
    assert one is not None
    assert one.description is not None
    fits = re.compile(one.description, re.IGNORECASE).fullmatch
    assert fits(own)
    assert not [fund for fund in FUNDS if fits(fund)]


def test_each_packaged_description_fits_its_own_fund_alone() -> None:
    symbols = load_config(Path("nowhere")).symbols
    told = {
        "IWM": "iShares Russell 2000 ETF",
        "SPY": "SPDR S&P 500 ETF Trust",
        "QQQ": "Invesco QQQ Trust",
        "XLF": "Financial Select Sector SPDR Fund",
        "KRE": "SPDR S&P Regional Banking ETF",
        "HYG": "iShares iBoxx $ High Yield Corporate Bond ETF",
        "IEF": "iShares 7-10 Year Treasury Bond ETF",
        "US500": "US 500 Index",
        "US2000": "Russell 2000",
    }
    for symbol, text in told.items():
        fits = {
            name
            for name, one in symbols.items()
            if one and one.description and re.fullmatch(one.description, text, re.IGNORECASE)
        }
        assert fits == {symbol}
