"""Help and human output: width, language, golden lines; times as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from maildesk.cli import dates
from maildesk.cli.parsing import VERBS
from maildesk.errors import UsageError
from tests.cli.conftest import SCHEMAS, CommandLine, clean_environment, run_process
from tests.support.desk import SmallDesk

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 21, 1, 42, tzinfo=UTC)
"""A Saturday, 10:42 in Tokyo."""


@pytest.mark.parametrize("verb", ["", *(verb for verb in VERBS if verb != "app")])
def test_help_fits_80_columns_in_both_languages(bare: CommandLine, verb: str) -> None:
    for language in ("ja", "en"):
        words = [verb, "--help"] if verb else ["--help"]
        ran = bare(*words, lang=language)
        assert ran.code == 0
        assert [line for line in ran.out.splitlines() if cell_len(line) > 80] == []


def test_japanese_help_has_no_english_headings(bare: CommandLine) -> None:
    for verb in VERBS:
        out = bare(*([verb] if verb != "app" else []), "--help", lang="ja").out
        for word in ("usage", "options:", "positional", "show this"):
            assert word not in out


def test_every_verb_that_prints_json_has_a_schema() -> None:
    named = {path.stem.partition("-")[0] for path in SCHEMAS.glob("*.json")}
    assert set(VERBS) - {"app", "plain", "demo"} == named


@pytest.mark.parametrize(
    ("words", "ja", "en"),
    [
        (["list", "--frob"], "--frob は使えません", "--frob is not known here"),
        (["show"], "N を指定してください", "N is missing"),
        (["list", "--tab"], "--tab に値を指定してください", "--tab needs a value"),
        (["list", "--sort", "x"], "--sort に 'x' は指定できません", "--sort cannot be 'x'"),
        (
            ["reply", "1"],
            "次のどれかを指定してください: --draft --send",
            "one of these is needed: --draft --send",
        ),
        (
            ["reply", "1", "--draft", "--send"],
            "--send と --draft は同時に使えません",
            "--send and --draft cannot",
        ),
        (["lsit"], "lsit というコマンドはありません", "there is no command lsit"),
    ],
)
def test_a_wrong_word_is_named_in_the_language_in_use(
    bare: CommandLine, words: list[str], ja: str, en: str
) -> None:
    for language, told in (("ja", ja), ("en", en)):
        ran = bare(*words, lang=language)
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err
    assert "nearest is list" in bare("lsit").err


def test_the_language_of_the_settings_and_of_the_environment(bare: CommandLine) -> None:
    environ = clean_environment(bare.home)
    assert run_process("--help", environ=environ).out.startswith("使い方")
    assert run_process("--help", environ=environ | {"LANG": "en_US.UTF-8"}).out.startswith("usage")
    assert run_process("--help", environ=environ | {"MAILDESK_UI__LANGUAGE": "en"}).out.startswith("usage")
    folder = bare.home / ".config" / "maildesk"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[ui]\nlanguage = "en"\n', "utf-8")
    assert run_process("list", "--help", environ=environ).out.startswith("usage")
    assert run_process("--lang", "ja", "--help", environ=environ).out.startswith("使い方")


GOLDEN = {
    "ja": (
        "#1002  *  新着    2026-11-21 09:02  John Smith  Where is my order?         自社\n"
        "#1001  *  処理中  2026-11-21 09:01  山田 花子   サイズ交換のお願い [急ぎ]  楽天  鈴木\n"
    ),
    "en": (
        "#1002  *  New       2026-11-21 09:02  John Smith  Where is my order?         自社\n"
        "#1001  *  Replying  2026-11-21 09:01  山田 花子   サイズ交換のお願い [急ぎ]  楽天  鈴木\n"
    ),
}
SHOWN = {
    "ja": (
        "#1001  サイズ交換のお願い\n"
        "お客様: 山田 花子 <hanako@customer.example>\n"
        "状態: 新着   店舗: 楽天市場店\n"
        "担当: —\n"
        "\n"
        "── 受信 #1  2026-11-21 09:01  山田 花子 <hanako@customer.example>\n"
        "MからLへ交換できますか。\n"
        "添付: 傷.jpg(2 B、application/octet-stream)\n"
    ),
    "en": (
        "#1001  サイズ交換のお願い\n"
        "Customer: 山田 花子 <hanako@customer.example>\n"
        "State: New   Shop: 楽天市場店\n"
        "Assigned to: —\n"
        "\n"
        "── in #1  2026-11-21 09:01  山田 花子 <hanako@customer.example>\n"
        "MからLへ交換できますか。\n"
        "attached: 傷.jpg (2 B, application/octet-stream)\n"
    ),
}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_golden_list_and_show(maildesk: CommandLine, desk: SmallDesk, language: str) -> None:
    maildesk.environ["MAILDESK_UI__TIME_ZONE"] = "Asia/Tokyo"
    number = desk.mail("サイズ交換のお願い", "MからLへ交換できますか。", files=[("傷.jpg", b"ab")])
    assert maildesk("show", str(number), lang=language).out == SHOWN[language]
    desk.mail("Where is my order?", sender="John Smith <john@customer.example>", box="自社サイト")
    maildesk("label", str(number), "+急ぎ")
    maildesk("--as", "suzuki", "claim", str(number))
    maildesk("status", str(number), "new")
    assert maildesk("list", lang=language).out == GOLDEN[language]


# ---- times


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("15:00", "2026-11-21 15:00"),
        ("15時", "2026-11-21 15:00"),
        ("9:00", "2026-11-22 09:00"),
        ("9時半", "2026-11-22 09:30"),
        ("明日 9:00", "2026-11-22 09:00"),
        ("明日9:00", "2026-11-22 09:00"),
        ("明日の15時", "2026-11-22 15:00"),
        ("明日", "2026-11-22 09:00"),
        ("明後日 18:30", "2026-11-23 18:30"),
        ("tomorrow 9:00", "2026-11-22 09:00"),
        ("Tomorrow", "2026-11-22 09:00"),
        ("月曜", "2026-11-23 09:00"),
        ("月曜日 10:00", "2026-11-23 10:00"),
        ("土曜", "2026-11-28 09:00"),
        ("friday 13:00", "2026-11-27 13:00"),
        ("11/25", "2026-11-25 09:00"),
        ("11月25日 15時30分", "2026-11-25 15:30"),
        ("11/3", "2027-11-03 09:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026/12/01 8:05", "2026-12-01 08:05"),
        ("2026-11-25T15:00", "2026-11-25 15:00"),
        ("2026-11-25T06:00Z", "2026-11-25 15:00"),
        ("2026-11-25T15:00:00+09:00", "2026-11-25 15:00"),
        ("+3d", "2026-11-24 10:42"),
        ("+90m", "2026-11-21 12:12"),
        ("+2h", "2026-11-21 12:42"),
        ("+1週間", "2026-11-28 10:42"),
        ("+3日後", "2026-11-24 10:42"),
    ],
)
def test_times_as_people_say_them(said: str, meant: str) -> None:
    assert f"{dates.when(said, NOW, TOKYO).astimezone(TOKYO):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "いつか",
        "25:00",
        "12:75",
        "13/40",
        "今日 9:00",
        "2026-01-01",
        "2020-01-01T10:00",
        "+",
        "+3x",
        "明日明日",
    ],
)
def test_what_is_no_time_to_come_is_refused(said: str) -> None:
    with pytest.raises(UsageError):
        dates.when(said, NOW, TOKYO)


def test_a_time_keeps_its_clock_over_a_change_to_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert dates.when("tomorrow 9:00", before, berlin).astimezone(berlin).hour == 9
    assert dates.when("+1d", before, berlin) - before in (timedelta(hours=23), timedelta(hours=24))
