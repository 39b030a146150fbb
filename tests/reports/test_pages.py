"""What the pages of a review say, read as text."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.core.logbook import Money
from assistant.core.review import Review
from assistant.core.series import series
from assistant.outputs.review import review_document, series_document
from assistant.reports.review import Links, page, series_page
from assistant.reports.review_figures import figures, steps
from assistant.reports.series_figures import series_figures, weeks
from assistant.reports.times import times_of
from assistant.reports.words import because, flags, length, loss, lots, money, place, signed, together
from tests.doubles.reviews import at, busy, nothing, sample, sessions

BERLIN = ZoneInfo("Europe/Berlin")
MARKUP = "<img src=x onerror=alert(1)></script>"


def document_of(review: Review) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(review_document(review), allow_nan=False))
    return document


def text_of(written: str) -> str:
    """What is read: without tags, script and style."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", written, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def drawn(review: Review) -> dict[str, Any]:
    document = document_of(review)
    return figures(document, times_of(document, BERLIN))


# Words


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "0 s"),
        (59.6, "1 min"),
        (312, "5 min 12 s"),
        (599, "9 min 59 s"),
        (600, "10 min"),
        (1079, "18 min"),  # 18 x 60 - 1: with 2 min and 6 h 10 min it is a session of 6 h 30 min
        (3599, "1 h 00 min"),
        (3600, "1 h 00 min"),
        (21_888, "6 h 05 min"),  # 6 x 3600 + 4 x 60 + 48
    ],
)
def test_lengths_of_time_are_told_in_their_two_largest_units(seconds: float, told: str) -> None:
    assert length(seconds) == told


def test_gains_and_losses_keep_their_sign_and_nothing_has_none() -> None:
    assert [signed(one) for one in (1234.5, -0.004, -3.0, 0.0, None)] == [
        *("+1,234.50", "0.00", "\u22123.00", "0.00", "\u2013"),
    ]
    assert (money(-1234.5), money(None)) == ("\u22121,234.50", "\u2013")
    assert (lots(12345.67), lots(None)) == ("12345.67", "\u2013")
    assert (loss(204.0), loss(-20.0), loss(None)) == ("204.00", "gain 20.00", "\u2013")


def test_a_span_has_its_place_on_the_track_of_a_session() -> None:
    begin, end = "2018-12-26T14:00:00Z", "2018-12-26T18:00:00Z"
    inside = {"begin": "2018-12-26T15:00:00Z", "end": "2018-12-26T15:30:00Z"}
    assert place(inside, begin, end) == (25.0, 12.5)
    beyond = {"begin": "2018-12-26T13:00:00Z", "end": "2018-12-26T20:00:00Z"}
    assert place(beyond, begin, end) == (0.0, 100.0)


def test_what_stands_out_of_a_trade_is_marked() -> None:
    trades = document_of(sample())["trades"]
    told = [[text for _, text in flags(one)] for one in trades]
    assert told == [
        [],
        [],  # that it was unchecked stands in its column
        ["5.1 lots over"],
        [],
        ["opened without a stop"],
        ["no advice on record", "stop widened 2 times", "stop removed"],
        ["4 lots still open"],
    ]


def test_a_trade_of_an_earlier_session_was_closed_only_or_reduced_and_no_check_is_missed() -> None:
    earlier = replace(sample().trades[1], reduced=True, opened_now=False)
    part = replace(earlier, trade=replace(earlier.trade, left=2.0))
    document = document_of(replace(sample(), trades=(earlier, part, replace(earlier, reduced=False))))
    assert [[text for _, text in flags(one)] for one in document["trades"]] == [
        ["closed only", "from an earlier session"],
        ["reduced only", "from an earlier session", "2 lots still open"],
        ["from an earlier session"],
    ]
    assert "unchecked</span>" not in page(document, BERLIN)  # those checks are not on record
    assert page(document_of(sample()), BERLIN).count("unchecked</span>") == 3  # 2, 3 and 7


def test_caps_that_bound_at_the_same_times_are_told_as_one() -> None:
    one = document_of(sample())["quality"]["fail_safe"][0]
    other = one | {"spans": [], "scope": "SPY"}
    names = ("IWM", "SPY", "QQQ", "XLF")
    few, alone = together([one, one | {"scope": "IWM"}, other])
    assert (few["scopes"], few["cap"], alone["scopes"]) == ("account, IWM", "stale", "SPY")
    assert together([one, *(one | {"scope": name} for name in names)])[0]["scopes"] == "account, 4 more"


def test_the_reason_of_an_advice_stands_once_and_where_it_matters() -> None:
    within, _, over, _, _, none, _ = document_of(sample())["trades"]
    assert because(within) == ""
    assert because(over) == "advised: 0.70x RISK_OFF since 2018-10-05 (58 sessions)"
    assert because(over | {"remarks": [f"0 lots were advised: {over['why']}"]}) == ""
    assert because(none) == "no assistant ran when it was opened"


# Times


def test_times_are_the_users_with_the_servers_beside_them() -> None:
    times = times_of(document_of(sample()), BERLIN)
    assert times.clock("2018-12-26T14:41:07Z", seconds=True) == "15:41:07"  # UTC+1
    assert times.server_clock("2018-12-26T14:41:07Z") == "16:41"  # New York is UTC-5, and 7 h ahead of it
    assert times.names == ("Europe/Berlin", "UTC+02:00")
    assert times.clock("2018-12-24T18:00:00Z") == "24 Dec 19:00"  # another date than the session's
    assert times.server_clock("2018-12-24T18:00:00Z") == "20:00"  # which is not told twice
    assert times.server_clock("2018-12-26T22:30:00Z") == "27 Dec 00:30"
    assert times.clock(None) == times.server_clock(None) == ""


@pytest.mark.parametrize("clock", [None, "no such zone"])
def test_without_the_servers_clock_utc_stands_there_and_the_page_says_so(clock: str | None) -> None:
    document = document_of(replace(sample(), clock=clock))
    times = times_of(document, timezone(timedelta(hours=1), "CET"))
    assert times.names == ("CET", "UTC")
    assert times.server_clock("2018-12-26T14:41:07Z") == "14:41"
    assert "(UTC: the server's own zone is not on record)" in text_of(page(document, UTC))


def test_instants_in_a_sentence_are_told_in_the_users_zone() -> None:
    times = times_of(document_of(sample()), BERLIN)  # an hour ahead of UTC, on 26 December
    told = "headroom 1.00 at 20:56 UTC, 2.00 after 2018-12-26 23:00 UTC if nothing changes"
    assert times.zoned(told) == "headroom 1.00 at 21:56, 2.00 after 27 Dec 00:00 if nothing changes"
    assert times.zoned("from 2018-12-24 18:00:05 UTC, 23:30:05 UTC on") == "from 24 Dec 19:00:05, 00:30:05 on"
    for same in ("at 24:00 UTC", "on 2018-02-30 10:00 UTC", "at 20:56", "UTC"):
        assert times.zoned(same) == same
    texts = {"missing": ("none before 14:25 UTC",), "broken": ("at 16:03 UTC",), "summary": "To 21:00 UTC."}
    reset = replace(sample(), next_reset=(told,), **texts)  # type: ignore[arg-type]
    page_ = text_of(page(document_of(reset), BERLIN))
    assert "at 21:56, 2.00 after 27 Dec 00:00" in page_
    assert "none before 15:25" in page_
    assert "at 17:03" in page_
    assert "To 22:00." in page_


def test_an_axis_has_whole_hours_of_both_clocks() -> None:
    times = times_of(document_of(sample()), BERLIN)
    axis = times.axis("2018-12-26T14:30:00Z", "2018-12-26T21:00:00Z")
    assert axis["range"] == ["2018-12-26T15:30:00", "2018-12-26T22:00:00"]
    assert axis["tickvals"] == [f"2018-12-26T{hour}:00:00" for hour in range(16, 23)]
    assert re.sub(r"<.*?>", " ", axis["ticktext"][0]) == "16:00  17:00 "
    nights = times.axis("2018-12-24T18:00:00Z", "2018-12-26T21:00:00Z")  # 51 h: marks 12 h apart
    noons = [f"2018-12-{day}T{hour}:00:00" for day in (25, 26) for hour in ("00", "12")]
    assert nights["tickvals"] == noons
    assert [re.sub(r"<.*?>", " ", text).split()[:2] for text in nights["ticktext"][:2]] == [
        ["25", "Dec"],
        ["12:00", "13:00"],
    ]


# Figures


def test_steps_go_on_to_their_end() -> None:
    assert steps([["a", 1], ["b", 2]], "c") == [["a", 1], ["b", 2], ["c", 2]]
    assert steps([], "c") == []


def test_the_share_is_drawn_as_steps_to_the_close() -> None:
    share = drawn(sample())["share"]["data"][0]
    assert share["y"] == [0.35, 0.7, 0.0, 0.7, 0.35, 0.35]
    assert (share["x"][0], share["x"][-1]) == ("2018-12-26T15:30:00", "2018-12-26T22:00:00")
    assert share["line"]["shape"] == "hv"


def test_a_session_that_goes_on_is_drawn_no_further_than_its_record() -> None:
    share = drawn(replace(sample(), until=at(18, 0), finished=False))["share"]
    assert max(share["data"][0]["x"]) == "2018-12-26T21:45:00"  # the share of 20:45 UTC is on record
    early = replace(sample(), until=at(15, 0), shares=sample().shares[:2], finished=False)
    assert max(drawn(early)["share"]["data"][0]["x"]) == "2018-12-26T16:00:00"


def test_money_of_a_rehearsal_is_drawn_in_the_programs() -> None:
    plain, scaled = sample(), replace(sample(), scale=2.0)
    one, two = (drawn(review)["floors-drawn"]["data"][0]["y"] for review in (plain, scaled))
    assert two == pytest.approx([2 * value for value in one])
    assert "Floors are a rehearsal's: its money is 2 times" in text_of(page(document_of(scaled), BERLIN))


def test_a_night_in_which_nothing_moved_is_not_drawn() -> None:
    full = sample()
    still = (full.span.begin, full.money[0][1])
    moved = (at(13, 0), Money(100_000.0, 99_950.0))
    for line, begins in (
        ((still, *full.money[1:]), "2018-12-26T15:30:00"),  # the open: UTC+1
        ((still, moved, *full.money[1:]), "2018-12-26T14:00:00"),
    ):
        axis = drawn(replace(full, money=line))["equity"]["layout"]["xaxis"]
        assert axis["range"] == [begins, "2018-12-26T22:00:00"]


def test_every_floor_is_drawn_and_the_nearest_approach_marked() -> None:
    floors = {one["name"]: one for one in drawn(sample())["floors-drawn"]["data"]}
    assert set(floors) == {"equity", "daily loss", "total loss", "nearest"}
    assert floors["nearest"]["y"] == [97_000.0, 98_905.0]  # the level, and 1905 above it
    assert floors["daily loss"]["y"] == [97_000.0] * 4


def test_a_trade_above_its_advice_is_orange_and_one_against_no_lots_red() -> None:
    first = sample().trades[0]
    against = replace(first, advised=0.0, over=6.9)
    sizes = drawn(replace(sample(), trades=(*sample().trades, against)))["sizes"]["data"][0]
    colors = dict(zip(sizes["x"], sizes["marker"]["color"], strict=True))
    assert colors["1<br>IWM"] == "#0072b2"
    assert colors["3<br>IWM"] == "#e69f00"
    assert colors["8<br>IWM"] == "#d55e00"
    assert sizes["y"][2] == 1.7391  # 12 / 6.9


def test_what_is_not_on_record_has_no_figure_and_is_said_in_words() -> None:
    assert drawn(nothing()) == {}
    told = text_of(page(document_of(nothing()), BERLIN))
    for words in (
        "nothing is on record of this session",
        "No assistant ran in this session.",
        "No share is on record of this session.",
        "The closes of a year are not on record.",
        "No live ratio is on record of this session.",
        "No votes are on record of this session.",
        "No equity is on record of this session.",
        "No loss rule is on record of this session.",
        "No trade is on record of this session.",
        "The close was not seen: what was open then is not on record.",
        "No reset is on record.",
    ):
        assert words in told


def test_nothing_open_at_the_close_is_another_thing_than_a_close_not_seen() -> None:
    assert "Nothing was open at the close." in text_of(
        page(document_of(replace(sample(), held_over=())), UTC)
    )


# The page


def test_the_page_says_what_the_document_says() -> None:
    told = text_of(page(document_of(sample()), BERLIN))
    for words in (
        "PAPER Wednesday, 26 December 2018 account 9000001 at Paper-Demo",
        sample().summary,
        "Result of what was closed \u2212314.00 EUR",
        "Nearest floor 1,905.00 EUR daily loss, at 19:27",
        "regime 6 h 05 min 0.70x",
        "max open lots: would have been broken at 16:03 (12 of 10 lots)",
        "IWM.US: the stop of position 1070 is not on record before 19:10.",
        "\u25b2 for risk",
        "economy silent no series: ICSA is missing",
        "5.1 lots over 12 lots where 6.9 were advised; advised: 0.70x RISK_OFF since 2018-10-05",
        "IWM buy 1050 4 +20.00 130.52 204.00 530.00",
        "\u2212314.00 closed \u2212 38.50 change of floating = \u2212352.50 EUR that equity moved.",
        "disconnected 5 min 12 s 1 time",
        "Over the advice, mean +74 % above the advice",
        "One position is held over: a gap may cost 530.00 EUR, and 1905.00 EUR remain.",
    ):
        assert words in told


def test_what_equity_moved_is_added_up_and_what_was_booked_unseen_is_told() -> None:
    # the looks saw 352.50 go, 138.50 of it floating: 214.00 was booked of the 314.00 of the deals
    late = text_of(page(document_of(replace(sample(), floated=-138.5)), BERLIN))
    assert (
        "\u2212214.00 closed \u2212 138.50 change of floating = \u2212352.50 EUR that equity moved. "
        "From the first look to the last; the deals of the whole span made \u2212314.00."
    ) in late
    assert "change of floating" not in text_of(page(document_of(replace(sample(), floated=None)), BERLIN))
    (held,) = sample().held_over or ()
    older = replace(held, profit=None, symbol=None)
    assert "IWM.US buy 1050 4 \u2013 130.52" in text_of(
        page(document_of(replace(sample(), held_over=(older,))), BERLIN)
    )


def test_orders_that_added_to_a_trade_are_told_each_with_its_advice() -> None:
    document = document_of(sample())
    two = [
        {"at": "2018-12-26T14:41:07Z", "lots": 2.0, "advised": 2.4, "cap": "regime"},
        {"at": "2018-12-26T15:10:00Z", "lots": 1.0, "advised": None, "cap": None},
    ]
    document["trades"][0]["orders"] = two
    told = text_of(page(document, BERLIN))
    assert "Orders: 2 lots at 15:41 of 2.4 advised (regime); 1 lots at 16:10." in told


def test_a_live_account_is_not_called_paper() -> None:
    assert "PAPER" not in text_of(page(document_of(replace(sample(), mode="live")), BERLIN))


def test_words_of_a_broker_cannot_become_part_of_a_page() -> None:
    first = sample().trades[0]
    odd = replace(
        sample(),
        summary=MARKUP,
        server=MARKUP,
        missing=(MARKUP,),
        legs=(MARKUP, "SPY"),
        trades=(replace(first, symbol=MARKUP, why=MARKUP, remarks=(MARKUP,)),),
    )
    written = page(document_of(odd), BERLIN, Links(previous='"><script>alert(1)</script>'))
    assert "<img" not in written
    assert "alert(1)</script>" not in written
    assert written.count("</script>") == 3  # figures, plotly.js, the page's own
    assert series_page(series_document(series([odd])), BERLIN).count("</script>") == 3


def test_the_page_forbids_itself_all_that_is_not_beside_it() -> None:
    for written in (
        page(document_of(sample()), BERLIN),
        series_page(series_document(series(sessions())), BERLIN),
    ):
        policy = html.unescape(str(re.findall(r'Content-Security-Policy" content="(.*?)"', written)[0]))
        assert policy.startswith("default-src 'none'; script-src 'self' file: 'sha256-")
        assert "unsafe-inline" not in policy.split("style-src")[0]  # of scripts, its own alone
        assert re.findall(r'src="(.*?)"', written) == ["plotly.min.js"]
        assert not re.search(r"@import|url\(", written)


def test_links_are_there_for_files_that_are() -> None:
    full = page(
        document_of(sample()),
        BERLIN,
        Links("a.html", "b.html", "w.html", "m.html", "t.csv", "d.csv", "d.json"),
    )
    for name in ("a.html", "b.html", "w.html", "m.html", "t.csv", "d.csv", "d.json"):
        assert f'href="{name}"' in full
    assert re.findall(r'href="(.*?)"', page(document_of(sample()), BERLIN)) == ["data:,"]  # its icon


def test_a_page_of_two_hundred_trades_holds_them_all() -> None:
    written = page(document_of(busy()), BERLIN)
    assert written.count('<tbody class="trade') == 200
    assert written.count('class="trade beyond"') == 190  # on the screen; a print has ten


# Week and month


def test_the_calendar_has_a_week_a_row_and_every_session_once() -> None:
    document = series_document(series(sessions()))
    rows = weeks(document["sessions"])
    assert [len(row) for row in rows] == [5] * 5
    assert rows[0][0][0] == "2018-12-03"
    assert rows[3][1] == ("2018-12-25", None)  # Christmas is no session
    assert rows[4][1:] == [(f"2019-01-0{day}", None) for day in range(1, 5)]
    found = [one["session"] for row in rows for _, one in row if one]
    assert found == [one["session"] for one in document["sessions"]]


def test_a_month_says_what_each_session_came_to() -> None:
    told = text_of(
        series_page(series_document(series(sessions())), BERLIN, {"2018-12-26": "2018-12-26.html"})
    )
    for words in (
        "PAPER Monday, 3 December 2018 to Monday, 31 December 2018 account 9000001",
        "7 no record",
        "14 \u2013 0 trades",
        "Tue 18 Dec: max open lots: would have been broken at 16:03 (12 of 10 lots)",
        "Fri 7 Dec: No assistant ran in this session.",
        "regime 115 h 31 min 19 sessions",  # 19 x 21888 s are 415872 s
        "Fri 7 Dec nothing is on record",
    ):
        assert words in told
    assert "18 ! \u22121.97 R" in told


def test_sessions_without_a_journal_are_told_in_one_line() -> None:
    month = list(sessions())
    lost = ("no journal of 2018-12-10: journal_1.jsonl is not there", "nothing is on record from 6 to 7 UTC")
    for index in (4, 5, 6, 9):  # the 7th, 10th, 11th and 14th
        month[index] = replace(nothing(), session=month[index].session, missing=lost)
    month[0] = replace(month[0], missing=("equity is not on record",))
    told = text_of(series_page(series_document(series(month)), BERLIN))
    assert (
        "Of 4 of 20 sessions nothing is on record, no journal was kept or none could be read: "
        "Fri 7 Dec to Tue 11 Dec, Fri 14 Dec. Mon 3 Dec: equity is not on record"
    ) in told
    assert "is not there" not in told
    assert "Nothing is missing." in text_of(series_page(series_document(series(month[1:4])), BERLIN))
    assert "No rule was broken on 3 sessions on record." in text_of(
        series_page(series_document(series(month[1:4])), BERLIN)
    )


def test_a_month_without_a_record_has_no_figure_and_says_so() -> None:
    document = series_document(series([nothing()]))
    assert series_figures(document) == {}
    told = text_of(series_page(document, BERLIN))
    assert "No share is on record." in told
    assert "No trade with a known R was closed." in told


@pytest.mark.parametrize(("results", "apart"), [(1, 1), (5, 1), (6, 2), (11, 3)])
def test_numbers_of_trades_are_whole_on_their_axis(results: int, apart: int) -> None:
    document = series_document(series(sessions()))
    document["distribution"] = [one | {"count": 0} for one in document["distribution"]]
    document["distribution"][2]["count"] = results  # at most 5 ticks above 0
    assert series_figures(document)["distribution"]["layout"]["yaxis"]["dtick"] == apart


def test_results_of_a_month_are_drawn_with_their_sum() -> None:
    document = series_document(series(sessions()))
    bars, total = series_figures(document)["series-results"]["data"]
    assert len(bars["y"]) == len(total["y"]) == 20
    assert bars["y"][:4] == [-1.38, -1.77, 0.43, 2.0]
    assert total["y"][:4] == [-1.38, -3.15, -2.72, -0.72]
    assert bars["y"][4] is None  # no record
    assert (total["y"][4], total["y"][5]) == (None, pytest.approx(total["y"][3] + bars["y"][5], abs=2e-4))
    assert total["y"][9] == total["y"][8]  # the 14th: on record, without a trade
    assert bars["x"][:3] == ["3", "4", "5"]
    assert bars["marker"]["color"][:3] == ["#d55e00", "#d55e00", "#009e73"]  # lost, lost, won
    week = series_figures(series_document(series(sessions()[:5])))["series-results"]["data"][0]
    assert week["x"][0] == "Mon<br>3 Dec"
