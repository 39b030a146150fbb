"""Worked examples in a file: those that the firms published pass, a wrong number does not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import assistant
from assistant.errors import AssistantError
from assistant.funded.vectors import Result, run_file

PUBLISHED = Path(__file__).parent / "vectors.yaml"
DATA: dict[str, Any] = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))
SECTIONS = ("floors", "concentration", "profit_days")
RESULTS, LEFT_OUT = run_file(PUBLISHED)
FLOOR = {"ref": "hwm_balance_intraday", "op": "lt", "amount": {"pct": 6, "of": "initial"}, "cap_plus": 0}


def run(folder: Path, **sections: Any) -> list[Result]:  # noqa: ANN401
    path = folder / "examples.yaml"
    path.write_text(yaml.safe_dump({"schema": "funded-test-vectors/1", **sections}), encoding="utf-8")
    return run_file(path)[0]


def floors(folder: Path, *steps: dict[str, Any], **rules: Any) -> Result:  # noqa: ANN401
    vector = {"id": "V", "initial": 100_000, "rules": rules or {"max": FLOOR}, "steps": list(steps)}
    (result,) = run(folder, floors=[vector])
    return result


def numbers(result: Result) -> list[tuple[Any, Any, bool]]:
    return [(check.expected, check.was, check.passed) for check in result.checks]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.name)
def test_every_example_that_a_firm_published_passes(result: Result) -> None:
    assert [check for check in result.checks if not check.passed] == []
    assert result.passed


def test_every_example_is_run_and_every_number_compared() -> None:
    assert [result.name for result in RESULTS] == [one["id"] for key in SECTIONS for one in DATA[key]]
    assert LEFT_OUT == len(DATA["do_not_use"]) == 8
    wanted = 0
    for one in DATA["floors"]:
        for step in one["steps"]:
            wanted += len(step.get("expect", {})) + len(step.get("room", {}))
            wanted += ("breach" in step) + ("effective" in step)
    for one in DATA["concentration"]:
        wanted += sum(key in one for key in ("ratio", "ok", "needed_total", "new_target"))
    wanted += len(DATA["profit_days"])
    assert sum(len(result.checks) for result in RESULTS) == wanted == 80


def wrong(value: Any) -> Any:  # noqa: ANN401
    """Another answer, a little beside the right one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [] if value else ["max"]
    return value + (1e-5 if abs(value) <= 1 else 0.01)


def spoilt() -> list[tuple[str, str, dict[str, Any]]]:
    """The examples that can be told by one number alone, each with one number changed."""
    found = []
    for section in SECTIONS:
        for place, one in enumerate(DATA[section]):
            answers = [key for key in ("ratio", "ok", "needed_total", "new_target", "counts") if key in one]
            found += [(section, f"{place}.{key}", {**one, key: wrong(one[key])}) for key in answers]
            for number, step in enumerate(one.get("steps", [])):
                for key in ("effective", "breach"):
                    if key in step and len(one["rules"]) == 1:
                        steps = [*one["steps"]]
                        steps[number] = {**step, key: wrong(step[key]) if step[key] else [*one["rules"]]}
                        found.append((section, f"{place}.{number}.{key}", {**one, "steps": steps}))
                for key in ("expect", "room"):
                    for name in step.get(key, {}):
                        steps = [*one["steps"]]
                        steps[number] = {**step, key: {**step[key], name: wrong(step[key][name])}}
                        found.append((section, f"{place}.{number}.{key}.{name}", {**one, "steps": steps}))
    return found


def test_each_number_that_is_a_little_wrong_fails_alone(tmp_path: Path) -> None:
    cases = spoilt()
    assert len(cases) >= 70
    for section, what, vector in cases:
        (result,) = run(tmp_path, **{section: [vector]})
        assert [check.passed for check in result.checks].count(False) == 1, (what, result)
        assert not result.passed


def test_a_payout_lowers_the_balance_and_not_the_floor(tmp_path: Path) -> None:
    # 103000 booked: floor 103000 - 6000 = 97000; 3000 withdrawn leaves 100000, and 3000 of room.
    booked = {"at": "tick", "balance": 103_000, "equity": 103_000, "expect": {"max": 97_000}}
    after = {"expect": {"max": 97_000}, "room": {"max": 3000}, "breach": []}
    for payout in ({"amount": 3000}, {"balance": 100_000}, {"balance": 100_000, "equity": 100_000}):
        assert floors(tmp_path, booked, {"at": "payout", **payout, **after}).passed
    floating = {"at": "tick", "balance": 103_000, "equity": 102_500}
    kept = floors(tmp_path, floating, {"at": "payout", "amount": 3000, "room": {"max": 2500}})
    assert numbers(kept) == [(2500, 2500, True)]  # 99500 - 97000: what floats goes on floating


def test_either_of_balance_and_equity_may_break_a_floor_and_room_is_that_of_the_equity(
    tmp_path: Path,
) -> None:
    daily = {
        "ref": "day_start_max",
        "op": "le",
        "measure": "min_balance_equity",
        "amount": {"pct": 3, "of": "ref"},
    }
    step = {"at": "reset", "balance": 96_000, "equity": 100_000}
    # the higher is 100000: 100000 - 3000 = 97000, above the balance
    result = floors(
        tmp_path, {**step, "expect": {"d": 97_000}, "room": {"d": 3000}, "breach": ["d"]}, d=daily
    )
    assert result.passed
    alone = floors(tmp_path, {**step, "breach": ["d"]}, d={**daily, "measure": "equity"})
    assert numbers(alone) == [("d", "none", False)]


def test_what_is_not_published_passes_where_just_that_is_expected(tmp_path: Path) -> None:
    lacking = {**FLOOR, "amount": {"pct": None}}
    step = {"at": "reset", "balance": 100_000, "equity": 100_000}
    told = "cannot certify: its amount is not published"
    null = floors(tmp_path, {**step, "expect": {"max": None}}, max=lacking)
    assert numbers(null) == [(None, told, True)]
    number = {**step, "expect": {"max": 94_000}, "room": {"max": 1}, "breach": [], "effective": 94_000}
    assert numbers(floors(tmp_path, number, max=lacking)) == [
        (94_000, told, False),
        (1, told, False),
        (94_000, told, False),
        ("none", "cannot certify", False),
    ]
    assert numbers(floors(tmp_path, {**step, "expect": {"max": None}})) == [(None, 94_000, False)]


def test_a_target_that_is_missing_is_told(tmp_path: Path) -> None:
    best = {"id": "C", "days": [1500], "den": "profit_target", "limit": 0.4, "op": "le"}
    (result,) = run(tmp_path, concentration=[{**best, "ratio": 0.5, "ok": False, "new_target": 3750}])
    told = "cannot certify: the profit target is not known"
    assert numbers(result) == [
        (0.5, told, False),
        (False, told, False),
        (3750, "cannot certify: the example has no target", False),
    ]


def test_a_profitable_day_may_name_its_amount_and_op(tmp_path: Path) -> None:
    day = {"id": "P", "initial": 50_000, "prev_balance": 50_000, "balance": 50_150, "equity": 50_150}
    for amount, op, counts in (
        ({"money": 150}, "ge", True),
        ({"money": 150}, "gt", False),
        ({"pct": 0.25}, "gt", True),
    ):
        (result,) = run(tmp_path, profit_days=[{**day, "counts": counts, "amount": amount, "op": op}])
        assert result.passed, (amount, op)
    (result,) = run(tmp_path, profit_days=[{**day, "counts": True, "amount": {"pct": None}}])
    assert numbers(result) == [(True, "cannot certify: its amount is not published", False)]


TICK = {"at": "tick", "balance": 1.0, "expect": {"max": 94_000}}


@pytest.mark.parametrize(
    ("steps", "trouble"),
    [
        ([{**TICK, "at": "noon"}], "steps.0.at: Input should be 'reset', 'tick' or 'payout', was 'noon'"),
        ([{**TICK, "expected": 1}], "steps.0.expected: Extra inputs are not permitted, was 1"),
        ([{**TICK, "balance": "much"}], "steps.0.balance: "),
        ([{**TICK, "room": {"daily": 1}}], "step 1 tick names daily, which is none of its rules"),
        ([{"at": "tick"}], "tick needs a balance, and an amount is for a payout"),
        ([{**TICK, "amount": 5}], "tick needs a balance, and an amount is for a payout"),
        ([{"at": "payout"}], "payout was 0.0; expected a lower balance, or an amount"),
        ([{"at": "payout", "balance": 100_001}], "payout was -1.0; expected a lower balance, or an amount"),
        ([{"at": "payout", "balance": 99_000, "amount": 5}], "payout was 1000.0; expected a lower balance"),
        ([{"at": "tick", "balance": 1}], "expects nothing"),
        ([], "steps: List should have at least 1 item"),
    ],
)
def test_an_example_that_cannot_be_run_says_why_and_the_others_are_run(
    steps: list[dict[str, Any]], trouble: str, tmp_path: Path
) -> None:
    bad = {"id": "BAD", "initial": 100_000, "rules": {"max": FLOOR}, "steps": steps}
    first, second = run(tmp_path, floors=[bad, DATA["floors"][0]])
    assert (first.name, first.checks, first.passed) == ("BAD", (), False)
    assert first.trouble.startswith(trouble)
    assert second.passed


def test_an_example_without_a_name_is_still_told(tmp_path: Path) -> None:
    (result,) = run(tmp_path, floors=["x"])
    assert result.name == "an example of floors without an id"
    assert not result.passed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("schema: [", " line 1, column 10: "),
        ("- a\n- b\n", "was ['a', 'b']; expected keys and values"),
        ("a: 1\n", "is no file of worked examples: schema was None; expected funded-test-vectors/1"),
        ("schema: other/1\n", "is no file of worked examples: schema was 'other/1'"),
        ("schema: funded-test-vectors/1\n", "holds no example: floors, concentration, profit_days are empty"),
        ("schema: funded-test-vectors/1\nfloors: 5\n", ": floors was no list of examples"),
        (
            "schema: funded-test-vectors/1\ncaps: []\n",
            "has sections that are not known: caps; known are floors",
        ),
    ],
)
def test_a_file_that_holds_no_examples_is_one_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssistantError) as refused:
        run_file(path)
    line = str(refused.value)
    assert line.startswith(str(path))
    assert told in line
    assert "\n" not in line


def test_a_file_that_is_not_there_or_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match=r"nowhere\.yaml: cannot be read: No such file"):
        run_file(tmp_path / "nowhere.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(AssistantError, match=r"bytes\.yaml: byte 0 is not UTF-8 text"):
        run_file(tmp_path / "bytes.yaml")


def test_the_examples_in_the_document_pass(tmp_path: Path) -> None:
    page = (Path(assistant.__file__).parent / "docs" / "funded-rules.md").read_text(encoding="utf-8")
    path = tmp_path / "examples.yaml"
    blocks = [part.partition("```")[0] for part in page.split("```yaml\n")[1:]]
    (examples,) = (block for block in blocks if block.startswith("schema: funded-test-vectors/1"))
    path.write_text(examples, encoding="utf-8")
    results, _ = run_file(path)
    assert [result.name for result in results] == ["two days", "best day", "floating loss"]
    # 98000 = 103000 - 5000; 97000 = 103000 - 6000, and 97000 reaches it
    assert [result for result in results if not result.passed] == []
