"""What went wrong and what to do about it, one pair (text, ``.hint``) per key of :mod:`maildesk.errors`."""

TEXTS: dict[str, tuple[str, str]] = {
    "errors.config_unreadable": (
        "設定ファイル {file} を読めません: {reason}",
        "cannot read the configuration file {file}: {reason}",
    ),
    "errors.config_syntax": ("{file} の {line} 行目: TOML として読めません({reason})", "{file}, line {line}: not TOML ({reason})"),
    "errors.config_unknown_key": (
        "{file} の {line} 行目: 設定 {key} はありません",
        "{file}, line {line}: there is no setting {key}",
    ),
    "errors.config_unknown_key.hint": ("近い設定名: {nearest}", "the nearest setting is {nearest}"),
    "errors.config_value": (
        "{file} の {line} 行目: {key} の値 {value} は使えません({expected})",
        "{file}, line {line}: {key} cannot be {value} ({expected})",
    ),
    "errors.config_missing": ("{file}: {key} がありません", "{file}: {key} is missing"),
    "errors.config_clear_text": (
        "{file} の {line} 行目: {key} = \"loopback\" は 127.0.0.0/8 と ::1 だけで使えます(ホスト {host})",
        "{file}, line {line}: {key} = \"loopback\" is for 127.0.0.0/8 and ::1 only, not for {host}",
    ),
    "errors.config_clear_text.hint": (
        "security を \"tls\" または \"starttls\" にしてください。パスワードが平文で流れるのを防ぐためです",
        "set security to \"tls\" or \"starttls\": a password must never travel in clear",
    ),
}
