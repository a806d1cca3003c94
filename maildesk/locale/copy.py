"""Words of copying."""

TEXTS: dict[str, tuple[str, str]] = {
    "copy.by_hand": (
        "この端末にはコピーできません。マウスで選択してください",
        "This terminal takes no copies: select it with the mouse",
    ),
    "copy.pager": ("ページャーで表示", "in the pager"),
    "copy.number.none": ("番号がありません", "there is no number"),
    "copy.address.none": ("アドレスがありません", "there is no address"),
    "copy.subject.none": ("件名がありません", "there is no subject"),
    "copy.body.none": ("本文がありません", "there is no text"),
    "copy.message_id.none": ("Message-ID がありません", "there is no Message-ID"),
    "copy.order.none": ("注文番号が見つかりません", "there is no order number"),
    "copy.order.open": ("受注管理で開く注文", "Which order"),
    "copy.order.no_page": (
        "{shop} の受注管理の URL(order_url)が設定されていません。{key} で注文番号をコピーできます",
        "{shop} has no order_url; {key} copies the number",
    ),
    "copy.order.which": ("コピーする注文番号", "Which order number"),
}
