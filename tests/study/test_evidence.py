"""The evidence on a history made by chance, against a second formulation, and its page."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assistant.core.market import Bar, Series, Unknown
from assistant.core.regime import Stance
from assistant.reports.evidence import page
from assistant.study.evidence import ROWS, Daily, evidence, measured, variance_shares
from assistant.study.past import Past, backtested, fold_past, returns
from tests.doubles.cycles import packaged_config, plain_schema, schema
from tests.study.pasts import prices, series

COUNT = 900
SETTINGS = packaged_config().settings


@cache
def judged() -> tuple[dict[str, Any], Daily, Past]:
    past = fold_past(prices(COUNT), series(COUNT), backtested(SETTINGS.fold))
    document, days = evidence(past, SETTINGS, ("IWM", "XLF"), None, 100)
    return document, days, past


def rows_of(asset: str) -> dict[str, dict[str, Any]]:
    (found,) = [one for one in judged()[0]["assets"] if one["symbol"] == asset]
    return {row["name"]: row for row in found["rows"]}


def test_the_document_keeps_to_its_schema_and_is_plain_json() -> None:
    document = judged()[0]
    again = json.loads(json.dumps(document, allow_nan=False))
    schema("evidence-1").validate(again)
    plain_schema("evidence-1").validate(again)


def test_votes_whose_series_are_revised_take_no_part() -> None:
    assert judged()[0]["votes"] == ["breadth", "sectors", "credit", "rates", "volatility"]


def test_the_quorum_is_a_majority_of_the_votes_that_take_part() -> None:
    fold, context = SETTINGS.fold, SETTINGS.fold.context
    assert (len(fold.votes), context.quorum) == (7, 4)
    assert backtested(fold).context == replace(context, quorum=3)  # of five
    three = {name: fold.votes[name] for name in ("sectors", "credit", "economy", "volatility")}
    assert backtested(replace(fold, votes=three)).context.quorum == 2
    easy = replace(fold, context=replace(context, quorum=1))
    assert backtested(easy).context.quorum == 1  # never more than is asked for
    # Three votes of which each must be heard could never raise the share from its least.
    past = fold_past(prices(COUNT), series(COUNT), backtested(replace(fold, votes=three)))
    assert max(close.context.held for close in past.closes[past.first :]) > context.neutral


def test_every_figure_agrees_with_a_second_formulation_in_pandas() -> None:
    _, days, past = judged()
    frame = pd.DataFrame({symbol: [bar.close for bar in bars] for symbol, bars in prices(COUNT).items()})
    after = frame.IWM.pct_change().shift(-1)[past.first : COUNT - 1]
    squares = np.log(frame.IWM).diff() ** 2
    managed = (0.2 / np.sqrt(252 * squares.ewm(span=32, adjust=True).mean())).clip(0.25, 1.0)
    sized = managed[past.first : COUNT - 1] * after / managed[past.first : COUNT - 1].mean()
    row = rows_of("IWM")["volatility target"]
    assert row["sharpe"] == pytest.approx(sized.mean() / sized.std() * 252**0.5)
    assert row["worst_5"] == pytest.approx(sized.nsmallest(round(len(sized) * 0.05)).mean())
    assert row["worst_1"] == pytest.approx(sized.nsmallest(round(len(sized) * 0.01)).mean())
    curve = (1 + sized).cumprod()
    assert row["drawdown"] == pytest.approx((1 - curve / curve.cummax().clip(lower=1)).max())
    holds = pd.Series([close.hold for close in past.closes])
    held = [managed[max(0, at + 1 - holds[at]) : at + 1].min() for at in range(past.first, COUNT - 1)]
    assert rows_of("IWM")["volatility"]["mean_share"] == pytest.approx(np.mean(held))
    assert days.first == past.first == 249


def test_a_row_takes_the_smallest_of_its_shares_and_constant_size_is_one() -> None:
    _, days, _ = judged()
    shares = days.shares["IWM"]
    smallest = np.minimum(np.minimum(shares["regime"], shares["break"]), shares["context"])
    mean = np.minimum(smallest, shares["volatility"])[249 : COUNT - 1].mean()
    assert rows_of("IWM")["all"]["mean_share"] == pytest.approx(mean)
    assert rows_of("IWM")["constant size"]["mean_share"] == 1.0
    assert list(rows_of("IWM")) == list(ROWS)


def test_a_share_known_at_a_close_sizes_the_return_of_the_session_after_it() -> None:
    # The stance at a close against the next return, by stance: the means add up to that of all of them.
    document, days, _ = judged()
    by_stance = {one["stance"]: one["assets"][0] for one in document["stances"] if one["assets"]}
    total = sum(one["mean_a_year"] * one["sessions"] for one in by_stance.values())
    plain = np.nanmean(days.returns["IWM"][250:COUNT]) * 252
    assert total / sum(one["sessions"] for one in by_stance.values()) == pytest.approx(plain)
    assert sum(one["share_of_time"] for one in by_stance.values()) == pytest.approx(1.0)


def test_turns_are_counted_by_the_year() -> None:
    document, _, past = judged()
    stances = [close.turn.stance for close in past.closes[248:] if close.turn]
    turned = sum(one is not other for one, other in pairwise(stances))
    assert document["turns_a_year"] == pytest.approx(turned / (COUNT - 249) * 252)
    assert set(stances) <= set(Stance)


def test_the_real_rule_by_variance_agrees_with_a_second_formulation_in_pandas() -> None:
    _, days, past = judged()
    moved = pd.Series([bar.close for bar in prices(COUNT)["IWM"]]).pct_change()
    inverse = 1 / (moved**2).rolling(22).mean()
    weights = (inverse / inverse[past.first :].mean()).clip(upper=1.5)
    assert days.shares["IWM"]["variance"][past.first :] == pytest.approx(weights[past.first :].to_numpy())
    sized = (weights * moved.shift(-1) / weights[past.first : COUNT - 1].mean())[past.first : COUNT - 1]
    row = rows_of("IWM")["inverse variance"]
    assert row["sharpe"] == pytest.approx(sized.mean() / sized.std() * 252**0.5)
    assert row["worst_1"] == pytest.approx(sized.nsmallest(round(len(sized) * 0.01)).mean())


def test_variance_is_of_the_last_month_of_returns_there_are() -> None:
    # 22 moves of 1 %, one that is missing, then 22 of 2 %: the variance is 1, at last 4 (in 0.01 squared).
    moved = np.array([np.nan, *[0.01] * 22, np.nan, *[-0.02] * 22])
    shares = variance_shares(moved, 22)
    sums = [22.0, 22.0, *(22.0 + 3 * more for more in range(1, 23))]  # of squares, from place 22 on
    inverse = [1 / one for one in sums]
    mean = sum(inverse) / len(inverse)
    assert list(shares[:22]) == [1.0] * 22  # less than a month is known
    assert list(shares[22:]) == pytest.approx([min(one / mean, 1.5) for one in inverse])
    assert max(shares) == 1.5
    assert list(variance_shares(np.array([np.nan, 0.01, 0.02]), 1)) == [1.0] * 3
    assert list(variance_shares(np.zeros(30), 0)) == pytest.approx([1.0] * 30)  # no move at all, no infinity


def moved_by(factor: float, cut: int, until: int = COUNT) -> Past:
    """The history with XLF at so much of its price from one session to before another."""
    bars = prices(COUNT)
    there = [
        Bar(one.session, *(factor * price for price in (one.open, one.high, one.low, one.close)))
        if cut <= place < until
        else one
        for place, one in enumerate(bars["XLF"])
    ]
    return fold_past({**bars, "XLF": tuple(there)}, series(COUNT), backtested(SETTINGS.fold))


def test_a_fall_that_stays_is_a_loss_and_is_named() -> None:
    past = moved_by(0.8, 700)
    plain = [bar.close for bar in prices(COUNT)["XLF"]]
    moved = returns(past, "XLF")
    assert moved[700] == pytest.approx(0.8 * plain[700] / plain[699] - 1)
    assert moved[701] == pytest.approx(plain[701] / plain[700] - 1)
    document, days = evidence(past, SETTINGS, ("XLF",), None, 100)
    kept = [line for line in document["left_out"] if "which may be a spin-off" in line]
    (session,) = {bar.session for bar in prices(COUNT)["XLF"][700:701]}
    assert re.fullmatch(rf"XLF: its returns hold -\d+\.\d % against the others on {session}, .*", kept[0])
    assert len(kept) == 1
    # as live: ln 0.8 squared is 0.0498, of which 2/33 counts: volatility of 89 % a year, the least share
    assert days.shares["XLF"]["target"][699] > 0.9
    assert days.shares["XLF"]["target"][700] == 0.25
    quiet, _ = evidence(past, SETTINGS, ("IWM",), None, 100)
    assert not [line for line in quiet["left_out"] if "which may be a spin-off" in line]


def test_a_split_is_no_return_and_no_volatility() -> None:
    past = moved_by(0.5, 700)
    plain = [bar.close for bar in prices(COUNT)["XLF"]]
    assert returns(past, "XLF")[1:] == pytest.approx([b / a - 1 for a, b in pairwise(plain)])
    _, days = evidence(past, SETTINGS, ("XLF",), None, 100)
    assert days.shares["XLF"]["target"] == pytest.approx(judged()[1].shares["XLF"]["target"])


def test_a_bad_print_is_no_return() -> None:
    past = moved_by(0.8, 700, 701)
    plain = [bar.close for bar in prices(COUNT)["XLF"]]
    moved = returns(past, "XLF")
    assert moved[700] is None
    assert moved[701] == pytest.approx(plain[701] / plain[699] - 1)


def test_a_vote_without_its_series_is_told() -> None:
    lost: dict[str, Series] = {name: one for name, one in series(COUNT).items() if name != "VIXCLS"}
    past = fold_past(prices(COUNT), lost, backtested(SETTINGS.fold))
    document, _ = evidence(past, SETTINGS, ("IWM",), None, 100)
    assert document["silent"] == ["the vote volatility was silent throughout: it lacks VIXCLS.csv"]


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ("DGS10 T10Y2Y", "rates was silent throughout: it lacks DGS10.csv and T10Y2Y.csv"),
        ("T10Y2Y", "rates was silent throughout: it lacks T10Y2Y.csv"),  # they must agree
        ("BAA10Y HYG", "credit was silent throughout: it lacks BAA10Y.csv, or HYG.csv"),  # either will do
        ("QQQ", "breadth was silent throughout: it lacks QQQ.csv"),
        ("XLU XLV", "sectors was silent throughout: it lacks XLU.csv and XLV.csv"),
    ],
)
def test_a_vote_that_was_silent_throughout_names_the_files_that_mend_it(lost: str, told: str) -> None:
    names = lost.split()
    bars = {name: one for name, one in prices(COUNT).items() if name not in names}
    known: dict[str, Series | Unknown] = {
        name: Unknown("no file") if name in names else one for name, one in series(COUNT).items()
    }
    past = fold_past(bars, known, backtested(SETTINGS.fold))
    assert evidence(past, SETTINGS, ("IWM",), None, 100)[0]["silent"] == [f"the vote {told}"]


def test_silent_closes_are_counted_among_those_that_are_judged() -> None:
    past = fold_past(prices(COUNT), series(COUNT), backtested(SETTINGS.fold))
    first, last = past.first, COUNT - 1  # the last close has no session after it to judge it by
    said = [None if place in (first - 1, first + 5, last) else 1 for place in range(COUNT)]
    document, _ = evidence(
        replace(past, votes={**past.votes, "sectors": said}), SETTINGS, ("IWM",), None, 100
    )
    assert document["sessions"] == last - first
    assert document["silent"] == [f"the vote sectors was silent on 1 of {last - first} sessions"]


@pytest.mark.parametrize(
    ("was", "wanted", "told"),
    [
        (-0.2234, "-28 % or less", "-22.3 %"),
        (0.0312, "under 0 %", "+3.1 %"),
        (1.144, "1.05 or less", "1.144"),
        (-0.0312, "over 0", "-0.031"),
        (9.25, "8 or less", "9.250"),
    ],
)
def test_what_a_check_found_is_told_in_the_unit_of_what_was_wanted(
    was: float, wanted: str, told: str
) -> None:
    assert measured({"was": was, "wanted": wanted}) == told


def test_each_check_of_a_share_wants_percent_as_it_is_told() -> None:
    shares = {check["name"] for check in judged()[0]["checks"] if measured(check).endswith("%")}
    assert shares == {
        "worst 1 % of sessions against constant size",
        "worst 5 % of sessions against constant size",
        "largest drawdown against constant size",
    }


def test_judging_begins_where_it_is_asked_to() -> None:
    past = judged()[2]
    since = past.sessions[400]
    document, _ = evidence(past, SETTINGS, ("IWM",), since, 100)
    assert (document["first"], document["sessions"]) == (since.isoformat(), COUNT - 401)


def test_pictures_begin_where_judging_does() -> None:
    past = judged()[2]
    since = past.sessions[400]
    document, days = evidence(past, SETTINGS, ("IWM",), since, 100)
    found = re.search(r"const figures = (.*);\n", page(document, days, past))
    assert found
    starts = re.findall(r'"x":\["(\d{4}-\d\d-\d\d)', found[1])
    after = past.sessions[401].isoformat()  # the first session that a share of the first close sizes
    assert starts == [since.isoformat()] * 3 + [since.isoformat()] * 4 + [after] * 4
    assert min(re.findall(r'"x0":"([0-9-]+)"', found[1])) == since.isoformat()


def test_what_was_traded_is_told_at_equal_average_exposure() -> None:
    _, days, past = judged()
    shares = days.shares["IWM"]["volatility"][past.first : COUNT - 1]
    changed = np.abs(np.diff(shares)).sum() / len(shares) * 252
    assert rows_of("IWM")["volatility"]["turnover_a_year"] == pytest.approx(changed / shares.mean())


def test_the_marks_say_that_they_are_single_figures_and_where_intervals_overlap() -> None:
    marks = judged()[0]["marks"]
    assert marks.startswith(
        "Marks are single figures. The 95 % intervals of all shares and of volatility target"
    )
    for figure, word in (("sharpe", "Sharpe"), ("worst_1", "the worst 1 %")):
        over = []
        for asset in ("IWM", "XLF"):
            mine, base = (
                rows_of(asset)[row]["against_constant"][figure] for row in ("all", "volatility target")
            )
            over += [asset] if mine["low"] <= base["high"] and base["low"] <= mine["high"] else []
        assert f"{word} of {', '.join(over) or 'none'}" in marks
    assert f"IWM {rows_of('IWM')['inverse variance']['sharpe']:.2f} and " in marks
    document, days, past = judged()
    assert marks in html.unescape(page(document, days, past))


def test_too_short_a_history_is_refused_with_the_count() -> None:
    past = fold_past(prices(400), series(400), backtested(SETTINGS.fold))
    with pytest.raises(ValueError, match="150 sessions with a known stance; 252 needed"):
        evidence(past, SETTINGS, ("IWM",))
    with pytest.raises(ValueError, match="0 sessions"):
        evidence(judged()[2], SETTINGS, ("IWM",), date(2019, 6, 1))


def test_a_difference_that_chance_may_have_made_is_called_no_sure_one() -> None:
    names = ("regime", "break", "context", "volatility", "context + volatility", "all")
    for row, line in zip(names, judged()[0]["says"], strict=False):
        against = [rows_of(asset)[row]["against_constant"] for asset in ("IWM", "XLF")]
        for figure, word in (("worst_1", "the worst 1 % of sessions"), ("sharpe", "Sharpe")):
            unsure = [one[figure]["low"] <= 0 <= one[figure]["high"] for one in against]
            assert (f"no sure difference in {word}:" in line) is all(unsure)
            assert (f"a difference in {word}:" in line) is not any(unsure)
    assert judged()[0]["lead"].startswith(
        "Sizing by all shares together moved the worst 1 % of sessions of IWM"
    )


def test_the_page_holds_every_part_and_fetches_nothing() -> None:
    document, days, past = judged()
    written = page(document, days, past)
    for part in ("says", "pictures", "rows", "stances", "votes", "checks", "how"):
        assert f'<section id="{part}">' in written
    for figure in ("ratio", "shares", "drawdown-IWM", "drawdown-XLF"):
        assert f'<div class="plot" id="{figure}"></div>' in written
        assert f'"{figure}": {{"data":' in written
    own = re.sub(r"<script>/\*.*?</script>", "", written, count=1, flags=re.DOTALL)  # plotly.js itself
    assert not re.search(r"(src|href)=", own)
    assert document["lead"] in written


def test_what_a_file_is_called_cannot_become_part_of_the_page() -> None:
    document, days, past = judged()
    written = page({**document, "left_out": ["<script>alert(1)</script>"]}, days, past)
    assert "<script>alert(1)" not in written
    odd = replace(past.history, legs=("</script>", "SPY"))
    assert "</script>/SPY" not in page(document, days, replace(past, history=odd))
