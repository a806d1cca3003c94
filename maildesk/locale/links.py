"""Words of the links in a mail."""

TEXTS: dict[str, tuple[str, str]] = {
    "links.title": ("リンク {count} 件", "{count} links"),
    "links.title.one": ("リンク 1 件", "1 link"),
    "links.hint": ("番号、または URL の一部", "a number, or part of the URL"),
    "links.none": ("リンクはありません", "there are no links"),
    "links.shown": ("表示は {shown}", "says {shown}"),
    "links.opened": ("ブラウザーで開きました: {host}", "opened in the browser: {host}"),
    "links.failed": ("{program} を起動できません", "{program} cannot be started"),
    "links.odd.title": ("見た目と行き先が違うリンク", "This link is not what it seems"),
    "links.odd.shown": (
        "{shown} と表示されていますが、行き先は {host} です。使いますか。",
        "It says {shown} but leads to {host}. Use it?",
    ),
    "links.odd": (
        "行き先は {host} です。別のサイトに見せかけている可能性があります。使いますか。",
        "It leads to {host} and may pretend to be another site. Use it?",
    ),
    "links.warning.shown": (
        "! リンク [{number}] は {shown} と表示していますが、行き先は {host} です",
        "! Link [{number}] says {shown} but leads to {host}",
    ),
    "links.warning": (
        "! リンク [{number}] の行き先は {host} です。別のサイトに見せかけている可能性があります",
        "! Link [{number}] leads to {host}: it may pretend to be another site",
    ),
    "links.warning.more": (
        "! 注意が必要なリンクがほかに {count} 件",
        "! {count} more links to be careful with",
    ),
    "links.warning.more.one": ("! 注意が必要なリンクがほかに 1 件", "! 1 more link to be careful with"),
}
