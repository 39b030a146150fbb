"""What the words of a page mean."""

import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from assistant.core import caps, conditions, contracts, fold, own, prices
from assistant.core.series import series
from assistant.outputs.review import review_document, series_document
from assistant.reports.legend import CAPS, WORDS, legend
from assistant.reports.review import page, series_page
from tests.doubles.reviews import nothing, sample, sessions

CORE = Path(caps.__file__).parent
NAMED = re.compile(r'(?:Cap|Rung)\(\s*"([^"]+)"|_signal\("([^"]+)"')


def test_every_cap_that_there_is_has_its_sentence() -> None:
    sources = (path.read_text(encoding="utf-8") for path in CORE.glob("*.py"))
    named = {one or other for source in sources for one, other in NAMED.findall(source)}
    assert {"spread", "volume_max", "max new trades", "regime"} <= named
    named |= {caps.IDEA, caps.HEAT, caps.CLUSTER, caps.DAILY_LOSS, caps.GROSS, caps.MARGIN, caps.STOP_OUT}
    named |= {caps.VOLUME_LIMIT, caps.MANUAL, conditions.STALE, conditions.HALTED, conditions.SESSION_EDGE}
    named |= {conditions.MARKET_CLOSED, contracts.CONTRACT, fold.CONTEXT, own.LOSING_STREAK}
    named |= {prices.FROZEN, prices.SPIKE, "news"}
    assert named <= CAPS.keys()
    assert all(one.endswith(".") for one in (*CAPS.values(), *WORDS.values()))


def test_a_page_explains_the_caps_that_it_names_and_no_others() -> None:
    odd = replace(sample().bound[1], cap="funded daily")
    unknown = replace(odd, cap="of a later version")
    told = dict(legend(review_document(replace(sample(), bound=(odd, unknown), bound_by_symbol=()))))
    assert [word for word in told if word not in WORDS] == ["funded daily", "regime", "stale"]
    assert told["funded daily"] == "What a rule of the account's firm leaves a new order."
    assert [word for word, _ in legend(review_document(nothing()))] == list(WORDS)
    month = [word for word, _ in legend(series_document(series(sessions())))]
    assert month == [*WORDS, "regime", "stale"]  # `edge` is a name of tests alone


def test_the_words_stand_at_the_end_of_the_page() -> None:
    for written in (
        page(review_document(sample()), UTC),
        series_page(series_document(series(sessions())), UTC),
    ):
        assert written.index('id="words"') > written.rindex("<h2>")
        assert "<dt>regime</dt><dd>The share that the stance allows.</dd>" in written
