"""Questions before something is done."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "confirm.block": ("ドメインごとブロックしますか", "block the whole domain?"),
    "confirm.block.line": (
        "{domains} からは、ほかに {count} 人がメールをくれています。今後は全員のメールが迷惑メールになります。",
        "{count} others have written from {domains}: all their mail will go to spam from now on.",
    ),
    "confirm.box.end": ("仕分けを終わりますか", "end sorting against the clock?"),
    "confirm.view.delete": ("ビュー「{name}」を削除しますか", "delete the view “{name}”?"),
    "confirm.view.delete.line": (
        "公開しているビューです。ほかの人からも見えなくなります",
        "it is shared: everybody loses it",
    ),
    "confirm.bulk.change": (
        "{count} 件中 {changing} 件を変更します",
        "{changing} of {count} will be changed",
    ),
    "confirm.bulk.skip": ("{count} 件は変更しません:", "{count} will be left alone:"),
    "confirm.more": ("ほか {count} 件", "and {count} more"),
    "confirm.merge": ("{count} 件を #{number} に統合しますか", "merge {count} conversations into #{number}?"),
    "confirm.merge.line": ("#{number} {who} {subject}", "#{number} {who} {subject}"),
    "confirm.merge.customers": (
        "差出人が異なります。統合すると、返信時に別のお客様のメールが引用されるおそれがあります。",
        "the senders differ: a reply could quote another customer's mail",
    ),
    "confirm.force": ("それでも元に戻しますか", "undo it all the same?"),
    "confirm.force.line": (
        "{who}がその後に変更しています({what})。元に戻すと、その変更は失われます。",
        "{who} changed it since ({what}); that change would be lost.",
    ),
}
