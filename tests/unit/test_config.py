"""Settings and the desk file: precedence, and errors that name file, line, key and what would be right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maildesk.config import BY_KEY, SETTINGS, Paths, Settings, Value, load
from maildesk.config.deskfile import read_desk_file
from maildesk.config.urls import masked
from maildesk.domain.agent import Role
from maildesk.domain.endpoint import Endpoint
from maildesk.domain.secret import SecretRef
from maildesk.errors import ConfigError
from maildesk.locale import t, use


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Folders of nobody."""
    for name in ("config", "data", "state"):
        (tmp_path / name).mkdir()
    return Paths(tmp_path / "config", tmp_path / "data", tmp_path / "state")


def settings(
    paths: Paths,
    text: str = "",
    environ: dict[str, str] | None = None,
    flags: dict[str, Value | None] | None = None,
    profile: str | None = None,
) -> Settings:
    paths.config_file.write_text(text, encoding="utf-8")
    return load(None, environ or {}, flags or {}, profile=profile, paths=paths)


def wrong(paths: Paths, text: str = "", environ: dict[str, str] | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        settings(paths, text, environ)
    assert caught.value.exit_code == 3
    return caught.value


# -- settings


def test_without_anything_the_defaults_and_the_personal_desk(paths: Paths) -> None:
    found = load(None, {}, {}, paths=paths)
    assert found.store.url == f"sqlite:///{paths.data}/desk.db"
    assert found.file is None
    for setting in SETTINGS:
        if setting.key != "store.url":
            assert found.value(setting.key) == setting.default
        assert found.origin(setting.key).source == "default"


def test_each_step_of_the_precedence_wins_over_the_ones_below(paths: Paths) -> None:
    text = '[ui]\ntheme = "file"\n[profiles.home.ui]\ntheme = "profile"\n'
    environ = {"MAILDESK_UI__THEME": "environment"}
    assert settings(paths, text).ui.theme == "file"
    assert settings(paths, text, profile="home").ui.theme == "profile"
    assert settings(paths, text, environ, profile="home").ui.theme == "environment"
    assert settings(paths, text, environ, {"ui.theme": "flag"}, "home").ui.theme == "flag"
    assert settings(paths, text, environ, {"ui.theme": None}, "home").ui.theme == "environment"


def test_the_origin_of_a_value_is_known(paths: Paths) -> None:
    text = '\n[ui]\nmouse = "on"\ntheme = "x"\n[keys]\n"app.quit" = "Q"\n[profiles.home]\nui.mouse = "off"\n'
    found = settings(paths, text, {"MAILDESK_AGENT": "sato"}, {"send.hold_seconds": 3}, "home")
    origins = {key: found.origin(key) for key in ("ui.theme", "ui.mouse", "keys.app.quit", "agent.login")}
    assert [(o.source, o.name, o.line) for o in origins.values()] == [
        ("file", "", 4),
        ("profile", "home", 8),
        ("file", "", 6),
        ("environment", "MAILDESK_AGENT", 0),
    ]
    assert str(origins["ui.theme"]) == f"{paths.config_file} の 4 行目"
    assert "home" in str(origins["ui.mouse"])
    assert str(found.origin("send.hold_seconds")) == "コマンドライン"


def test_the_short_names_of_the_environment(paths: Paths) -> None:
    environ = {"MAILDESK_STORE": "postgresql://db.shop.example/desk", "MAILDESK_AGENT": "sato"}
    environ["MAILDESK_LANG"] = "en"
    found = settings(paths, "", environ)
    assert (found.store.url, found.agent.login) == ("postgresql://db.shop.example/desk", "sato")
    assert found.ui.language == "en"


def test_the_profile_of_the_environment(paths: Paths) -> None:
    text = '[profiles.shop.store]\nurl = "sqlite:////srv/desk.db"\n'
    assert settings(paths, text, {"MAILDESK_PROFILE": "shop"}).store.url == "sqlite:////srv/desk.db"
    with pytest.raises(ConfigError) as caught:
        settings(paths, text, profile="shp")
    assert "shp" in str(caught.value)
    assert "shop" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("MAILDESK_SYNC__EMBEDDED", "false", False),
        ("MAILDESK_SYNC__EMBEDDED", "1", True),
        ("MAILDESK_NOTIFY__BELL", "On", True),
        ("MAILDESK_SEND__HOLD_SECONDS", "2.5", 2.5),
        ("MAILDESK_UI__TIME_ZONE", "Asia/Tokyo", "Asia/Tokyo"),
        ("MAILDESK_UI__LANGUAGE", "en", "en"),
    ],
)
def test_text_of_the_environment_becomes_a_value(paths: Paths, name: str, text: str, value: Value) -> None:
    key = next(setting.key for setting in SETTINGS if setting.env == name)
    assert settings(paths, "", {name: text}).value(key) == value


def test_an_empty_variable_says_nothing(paths: Paths) -> None:
    assert settings(paths, '[agent]\nlogin = "sato"', {"MAILDESK_AGENT": ""}).agent.login == "sato"


def test_variables_of_others_are_left_alone(paths: Paths) -> None:
    environ = {"MAILDESK_EDITOR": "vi", "MAILDESK": "x", "OTHER__KEY": "x", "MAILDESK_SHOP_PASSWORD": "x"}
    assert settings(paths, "", environ)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('[keys]\n"conversation.reply" = "r"', {"conversation.reply": ("r",)}),
        ('[keys]\nconversation.reply = "r, R"', {"conversation.reply": ("r", "R")}),
        ('[keys]\nconversation.reply = ["r", "R"]', {"conversation.reply": ("r", "R")}),
        (
            '[keys.conversation]\nreply = "r"\ndone = []',
            {"conversation.reply": ("r",), "conversation.done": ()},
        ),
    ],
)
def test_keys_may_be_written_in_each_way_of_toml(
    paths: Paths, text: str, keys: dict[str, tuple[str, ...]]
) -> None:
    found = settings(paths, text)
    assert (found.keys.overrides, found.keys.preset) == (keys, "standard")


def test_the_file_may_be_named(paths: Paths, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[ui]\ntheme = "other"\n')
    assert load(other, {}, {}, paths=paths).ui.theme == "other"
    assert load(None, {"MAILDESK_CONFIG": str(other)}, {}, paths=paths).file == other


def test_a_named_file_that_is_not_there_is_an_error(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load(tmp_path / "absent.toml", {}, {}, paths=paths)


def test_windows_line_ends_and_a_byte_order_mark_are_read(paths: Paths) -> None:
    paths.config_file.write_bytes(b'\xef\xbb\xbf[ui]\r\ntheme = "x"\r\n')
    found = load(None, {}, {}, paths=paths)
    assert (found.ui.theme, found.origin("ui.theme").line) == ("x", 2)


# -- settings that are wrong


@pytest.mark.parametrize(
    ("text", "line", "key", "nearest"),
    [
        ('[ui]\nmouse = "on"\nthem = "x"\n', 3, "ui.them", "ui.theme"),
        ('# a\n[uii]\ntheme = "x"\n', 2, "uii", "ui"),
        ('theme = "x"\n', 1, "theme", ""),
        ("[send]\n\nhold = 3\n", 3, "send.hold", "send.hold_seconds"),
        ('[store]\n"ur l" = "x"\n', 2, "store.ur l", "store.url"),
        ('ui.mose = "on"\n', 1, "ui.mose", "ui.mouse"),
        ('ui = { mose = "on" }\n', 1, "ui.mose", "ui.mouse"),
        ('[profiles.a.ui]\n[profiles.b.ui]\nmose = "on"\n', 3, "profiles.b.ui.mose", "profiles.b.ui.mouse"),
    ],
)
def test_an_unknown_key_names_file_line_and_the_nearest(
    paths: Paths, text: str, line: int, key: str, nearest: str
) -> None:
    error = wrong(paths, text)
    assert str(error) == f"{paths.config_file} の {line} 行目: 設定 {key} はありません"
    assert nearest in error.hint


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('[ui]\nmouse = "maybe"\n', 2, ["ui.mouse", "maybe", "auto, on, off"]),
        ("[ui]\nmouse = true\n", 2, ["ui.mouse", "true"]),
        ("[send]\nhold_seconds = -1\n", 2, ["send.hold_seconds", "-1", "0", "120"]),
        ("[send]\nhold_seconds = nan\n", 2, ["nan"]),
        ("[send]\nhold_seconds = true\n", 2, ["true"]),
        ('[send]\nhold_seconds = "3"\n', 2, ["3"]),
        ('[sync]\nembedded = "yes"\n', 2, ["sync.embedded", "true"]),
        ('[store]\nurl = "mysql://x/y"\n', 2, ["store.url", "mysql", "sqlite:///"]),
        ('[ui]\ntime_zone = "Mars/Base"\n', 2, ["Mars/Base", "Asia/Tokyo"]),
        ('[ui]\ntime_zone = "../../etc/passwd"\n', 2, ["Asia/Tokyo"]),
        ("ui = 3\n", 1, ["ui", "[", "]"]),
        ("[keys]\n\napp.quit = 3\n", 3, ["keys.app.quit", "3"]),
        ("profiles = 3\n", 1, ["profiles"]),
    ],
)
def test_a_value_that_cannot_be_names_what_can(paths: Paths, text: str, line: int, parts: list[str]) -> None:
    error = wrong(paths, text)
    assert str(error).startswith(f"{paths.config_file} の {line} 行目: ")
    assert all(part in str(error) for part in parts)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[ui]\nmouse = "on\n', 2),
        ("[ui\n", 1),
        ("a = 1\na = 2\n", 2),
        ("[ui]\n\nx = [1,\n", 3),
        ("a = " + "[" * 5000, 1),
    ],
)
def test_a_syntax_error_names_its_line(paths: Paths, text: str, line: int) -> None:
    assert str(wrong(paths, text)).startswith(f"{paths.config_file} の {line} 行目: TOML")


def test_a_file_that_is_no_text(paths: Paths) -> None:
    paths.config_file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(None, {}, {}, paths=paths)


def test_an_unknown_variable_names_the_nearest(paths: Paths) -> None:
    error = wrong(paths, "", {"MAILDESK_UI__THEM": "x"})
    assert "MAILDESK_UI__THEM " in str(error)
    assert "MAILDESK_UI__THEME" in error.hint


def test_a_wrong_value_in_the_environment_or_a_flag_names_it(paths: Paths) -> None:
    assert "MAILDESK_UI__MOUSE" in str(wrong(paths, "", {"MAILDESK_UI__MOUSE": "x"}))
    assert "MAILDESK_STORE " in str(wrong(paths, "", {"MAILDESK_STORE": "desk.db"}))
    with pytest.raises(ConfigError, match=r"ui\.language"):
        settings(paths, "", {}, {"ui.language": "fr"})


def test_words_of_the_file_cannot_steer_the_terminal(paths: Paths) -> None:
    error = wrong(paths, '[ui]\nmouse = "\\u001b]52;c;AAAA\\u0007"\n')
    assert "\x1b" not in f"{error}{error.hint}"
    assert "\x1b" not in str(wrong(paths, '[ui]\n"\\u001b[2J" = 1\n'))


# -- passwords in the store's URL

SECRET_URL = "postgresql://sato:canary@db.shop.example/desk"


@pytest.mark.parametrize("section", ["store", "profiles.home.store"])
def test_a_file_with_a_password_must_be_private(paths: Paths, section: str) -> None:
    text = f'[{section}]\nurl = "{SECRET_URL}"\n'
    paths.config_file.write_text(text)
    paths.config_file.chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        load(None, {}, {}, paths=paths)
    assert caught.value.hint == f"chmod 600 {paths.config_file}"
    paths.config_file.chmod(0o600)
    assert load(None, {}, {}, paths=paths)


def test_a_password_is_neither_in_the_repr_nor_in_an_error(paths: Paths) -> None:
    assert "canary" not in repr(settings(paths, "", {"MAILDESK_STORE": SECRET_URL}))
    error = wrong(paths, "", {"MAILDESK_STORE": SECRET_URL.replace("postgresql", "mysql")})
    assert "canary" not in f"{error} {error.hint} {error.values}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (SECRET_URL, "postgresql://sato:***@db.shop.example/desk"),
        ("postgresql://h/d?user=a&password=canary&x=1", "postgresql://h/d?user=a&password=***&x=1"),
        ("postgresql://sato:can@ry/x@h/d", "postgresql://sato:***@h/d"),
        ("postgresql://h:5432/d?application_name=a@b", "postgresql://h:5432/d?application_name=a@b"),
        ("postgresql://sato@h/d", "postgresql://sato@h/d"),
        ("sqlite:////srv/a:b@c/desk.db", "sqlite:////srv/a:b@c/desk.db"),
    ],
)
def test_masking(url: str, shown: str) -> None:
    assert masked(url) == shown


# -- the table of settings


def test_every_setting_is_described_in_both_languages() -> None:
    for language in ("ja", "en"):
        use(language)
        try:
            for setting in SETTINGS:
                assert setting.description
                assert setting.expected
        finally:
            use("ja")


def test_names_and_twins_are_unique_and_defaults_are_allowed(paths: Paths) -> None:
    assert len(BY_KEY) == len({setting.env for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        if setting.key != "store.url":
            assert (
                load(None, {}, {setting.key: setting.default}, paths=paths).value(setting.key)
                == setting.default
            )


def test_settings_load_nothing_heavy() -> None:
    """A start pays for the TOML reader and the folders only when it needs them."""
    heavy = {"tomllib", "platformdirs", "textual", "zoneinfo", "keyring"}
    code = f"import sys, maildesk.config; sys.exit(', '.join({heavy} & sys.modules.keys()) or 0)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "")


# -- the desk file

DESK = """\
[store]
url = "sqlite:////srv/desk/desk.db"

[[agents]]
login = "sato"
name = "佐藤"

[[agents]]
login = "suzuki"
name = "鈴木"
role = "supervisor"
reading = "すずき"

[[mailboxes]]
name = "楽天市場店"
address = "rakuten@shop.example"
aliases = ["info@shop.example"]
folders = ["INBOX", "注文"]
short_name = "楽天"
order_pattern = "OC-######"
signature = \"\"\"
--
port = "not a key"
楽天市場店
\"\"\"
[mailboxes.imap]
host = "imap.shop.example"
user = "rakuten"
password_command = ["pass", "show", "shop/rakuten"]
[mailboxes.smtp]
host = "smtp.shop.example"
port = 2465
security = "tls"
user = "rakuten"
password_env = "SHOP_SMTP_PASSWORD"
ca_file = "ca.pem"

[[mailboxes]]
name = "本店"
address = "honten@shop.example"
imap = { host = "127.0.0.1", port = 1143, security = "loopback", user = "honten", password_file = "imap" }
[mailboxes.smtp]
host = "localhost"
port = 1025
security = "loopback"

[[templates]]
name = "発送のご案内"
subject = "発送しました"
body = '''
{{ customer }} 様
key = "x"
'''
keywords = ["発送", "届く"]
category = "配送"
"""


def desk(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def desk_error(tmp_path: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_desk_file(desk(tmp_path, text))
    return caught.value


def test_a_whole_desk_file(tmp_path: Path) -> None:
    found = read_desk_file(desk(tmp_path, DESK))
    assert found.store_url == "sqlite:////srv/desk/desk.db"
    assert [(a.login, a.name, a.role, a.reading) for a in found.agents] == [
        ("sato", "佐藤", Role.AGENT, ""),
        ("suzuki", "鈴木", Role.SUPERVISOR, "すずき"),
    ]
    rakuten, honten = found.mailboxes
    assert rakuten.imap
    assert rakuten.smtp
    assert honten.imap
    assert honten.smtp
    assert (rakuten.aliases, rakuten.folders, rakuten.short_name) == (
        ("info@shop.example",),
        ("INBOX", "注文"),
        "楽天",
    )
    assert rakuten.signature.endswith("楽天市場店\n")
    assert rakuten.imap.endpoint == Endpoint("imap.shop.example", 993, "tls", "rakuten")
    assert rakuten.imap.secret == SecretRef.command(["pass", "show", "shop/rakuten"])
    ca_file = str(tmp_path / "ca.pem")
    assert rakuten.smtp.endpoint == Endpoint("smtp.shop.example", 2465, "tls", "rakuten", ca_file)
    assert rakuten.smtp.secret == SecretRef("env", "SHOP_SMTP_PASSWORD")
    assert honten.imap.secret == SecretRef("file", str(tmp_path / "imap"))
    assert honten.smtp.endpoint == Endpoint("localhost", 1025, "loopback", "")
    assert honten.smtp.secret is None
    (template,) = found.templates
    assert (template.name, template.keywords, template.category) == ("発送のご案内", ("発送", "届く"), "配送")


def test_an_empty_desk_file_is_a_desk_without_anything(tmp_path: Path) -> None:
    found = read_desk_file(desk(tmp_path, ""))
    assert (found.store_url, found.agents, found.mailboxes, found.templates) == ("", (), (), ())


MAILBOX = '[[mailboxes]]\nname = "店"\naddress = "a@shop.example"\n'
IMAP = MAILBOX + '[mailboxes.imap]\nhost = "imap.shop.example"\nuser = "a"\n'


def test_without_a_word_about_the_password_it_is_in_the_key_ring(tmp_path: Path) -> None:
    (mailbox,) = read_desk_file(desk(tmp_path, IMAP)).mailboxes
    assert mailbox.imap
    assert mailbox.imap.secret == SecretRef("keyring", "imap:a@imap.shop.example")


@pytest.mark.parametrize(
    ("protocol", "security", "port"),
    [("imap", "tls", 993), ("imap", "starttls", 143), ("smtp", "tls", 465), ("smtp", "starttls", 587)],
)
def test_the_usual_port_need_not_be_written(tmp_path: Path, protocol: str, security: str, port: int) -> None:
    text = MAILBOX + f'[mailboxes.{protocol}]\nhost = "h.example"\nuser = "a"\nsecurity = "{security}"\n'
    (mailbox,) = read_desk_file(desk(tmp_path, text)).mailboxes
    server = mailbox.imap or mailbox.smtp
    assert server
    assert server.endpoint.port == port


@pytest.mark.parametrize(
    ("text", "line", "key", "nearest"),
    [
        (
            '[[agents]]\nlogin = "a"\nname = "A"\n[[agents]]\nlogin = "b"\nname = "B"\nrol = "agent"\n',
            7,
            "agents.rol",
            "agents.role",
        ),
        ('[[agents]]\nlogn = "a"\nname = "A"\n', 2, "agents.logn", "agents.login"),
        (IMAP + "prot = 993\n", 7, "mailboxes.imap.prot", "mailboxes.imap.port"),
        (IMAP + 'password = "canary"\n', 7, "mailboxes.imap.password", "mailboxes.imap.password_"),
        (MAILBOX + "[mailboxes.imp]\n", 4, "mailboxes.imp", "mailboxes.imap"),
        ("[[mailbox]]\n", 1, "mailbox", "mailboxes"),
        ('[store]\nulr = "x"\n', 2, "store.ulr", "store.url"),
    ],
)
def test_an_unknown_key_of_the_desk_file(
    tmp_path: Path, text: str, line: int, key: str, nearest: str
) -> None:
    error = desk_error(tmp_path, text)
    assert str(error) == f"{tmp_path}/desk.toml の {line} 行目: 設定 {key} はありません"
    assert nearest in error.hint
    assert "canary" not in f"{error} {error.hint} {error.values}"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[[agents]]\nname = "A"\n', 1, "agents.login"),
        ('[[agents]]\nlogin = "a"\n\n', 1, "agents.name"),
        ('[[mailboxes]]\nname = "店"\n', 1, "mailboxes.address"),
        (MAILBOX + '[mailboxes.imap]\nhost = "h.example"\n', 4, "mailboxes.imap.user"),
        (MAILBOX + "[mailboxes.smtp]\nport = 25\n", 4, "mailboxes.smtp.host"),
        (MAILBOX + '[mailboxes.smtp]\nhost = "::1"\nsecurity = "loopback"\n', 4, "mailboxes.smtp.port"),
        ('[[templates]]\nname = "A"\n', 1, "templates.body"),
    ],
)
def test_a_missing_field(tmp_path: Path, text: str, line: int, key: str) -> None:
    assert str(desk_error(tmp_path, text)) == f"{tmp_path}/desk.toml の {line} 行目: {key} がありません"


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        (
            '[[agents]]\nlogin = "a"\nname = "A"\nrole = "boss"\n',
            4,
            ["agents.role", "boss", "agent, supervisor, admin"],
        ),
        ('[[agents]]\nlogin = "a b"\nname = "A"\n', 2, ["agents.login"]),
        ('[[agents]]\nlogin = ""\nname = "A"\n', 2, ["agents.login", '""']),
        ("[[agents]]\nlogin = 1\nname = 'A'\n", 2, ["agents.login", "1"]),
        ('[[mailboxes]]\nname = "店"\naddress = "shop.example"\n', 3, ["mailboxes.address", "shop.example"]),
        (MAILBOX + 'aliases = ["b@shop.example", "b"]\n', 4, ["mailboxes.aliases", "b"]),
        (MAILBOX + 'folders = "INBOX"\n', 4, ["mailboxes.folders", "INBOX"]),
        (IMAP + 'security = "none"\n', 7, ["mailboxes.imap.security", "tls, starttls, loopback"]),
        (IMAP + 'security = ""\n', 7, ["mailboxes.imap.security"]),
        (IMAP + "port = 70000\n", 7, ["mailboxes.imap.port", "65535"]),
        (IMAP + 'port = "993"\n', 7, ["mailboxes.imap.port"]),
        (IMAP + "port = true\n", 7, ["mailboxes.imap.port"]),
        (IMAP + 'password_command = "pass show x"\n', 7, ["mailboxes.imap.password_command"]),
        (IMAP + "password_command = []\n", 7, ["mailboxes.imap.password_command"]),
        (IMAP + 'password_env = "A"\npassword_file = "b"\n', 8, ["password_env, password_file"]),
        (IMAP.replace("imap.shop", "imap\\nshop"), 5, ["mailboxes.imap.host"]),
        ("agents = 3\n", 1, ["agents", "[[agents]]"]),
        (MAILBOX + "imap = 3\n", 4, ["mailboxes.imap"]),
        ('[store]\nurl = "desk.db"\n', 2, ["store.url", "sqlite:///"]),
        (
            '[[agents]]\nlogin = "a"\nname = "A"\n[[agents]]\nlogin = "A"\nname = "B"\n',
            5,
            ["agents.login", "A"],
        ),
        (MAILBOX + MAILBOX, 5, ["mailboxes.name", "店"]),
        (MAILBOX + MAILBOX.replace("店", "別"), 6, ["mailboxes.address", "a@shop.example"]),
    ],
)
def test_a_wrong_value_of_the_desk_file(tmp_path: Path, text: str, line: int, parts: list[str]) -> None:
    error = str(desk_error(tmp_path, text))
    assert error.startswith(f"{tmp_path}/desk.toml の {line} 行目: ")
    assert all(part in error for part in parts)


@pytest.mark.parametrize("host", ["imap.shop.example", "192.0.2.1", "10.0.0.1", "0.0.0.0"])
def test_clear_text_to_another_machine_is_refused_with_the_remedy(tmp_path: Path, host: str) -> None:
    text = IMAP.replace("imap.shop.example", host) + 'port = 143\nsecurity = "loopback"\n'
    error = desk_error(tmp_path, text)
    assert error.key == "config_clear_text"
    assert "8 行目" in str(error)
    assert host in str(error)
    assert "starttls" in error.hint


def test_keys_inside_long_strings_are_no_keys(tmp_path: Path) -> None:
    """The template's body holds lines that look like settings; the line is that of the real key."""
    text = "[[templates]]\nname = 'a'\nbody = '''\nzzz = 1\n[x]\n'''\nzzz = 2\n"
    assert "7 行目" in str(desk_error(tmp_path, text))
    text = '[[templates]]\nname = "a"\nbody = """a \\""" b\nzzz = 1 # """\nzzz = 2\n'
    assert "5 行目" in str(desk_error(tmp_path, text))


def test_a_desk_file_with_a_password_in_the_url_must_be_private(tmp_path: Path) -> None:
    path = desk(tmp_path, f'[store]\nurl = "{SECRET_URL}"\n')
    path.chmod(0o640)
    with pytest.raises(ConfigError) as caught:
        read_desk_file(path)
    assert "chmod 600" in caught.value.hint
    path.chmod(0o600)
    assert "canary" not in repr(read_desk_file(path))


def test_every_word_of_an_error_exists_in_english(tmp_path: Path) -> None:
    error = desk_error(tmp_path, IMAP + "prot = 993\n")
    use("en")
    try:
        assert str(error) == f"{tmp_path}/desk.toml, line 7: there is no setting mailboxes.imap.prot"
        assert error.hint == "the nearest setting is mailboxes.imap.port"
        assert t("config.origin.default") == "default"
    finally:
        use("ja")
