"""Words of attachments."""

TEXTS: dict[str, tuple[str, str]] = {
    "files.title": ("添付ファイル {count} 件", "{count} attachments"),
    "files.title.one": ("添付ファイル 1 件", "1 attachment"),
    "files.look": ("見る", "look"),
    "files.save": ("保存", "save"),
    "files.save_all": ("すべて保存", "save all"),
    "files.pipe": ("コマンドへ", "to a command"),
    "files.do": ("実行", "run"),
    "files.scroll": ("スクロール", "scroll"),
    "files.save.title": ("保存先", "Save as"),
    "files.save.note": (
        "同じ名前のファイルがあれば番号を付けます(上書きしません)",
        "A name that is taken gets a number: nothing is overwritten",
    ),
    "files.save.needed": ("保存先を入力してください", "Say where to"),
    "files.save_all.title": ("{count} 件の保存先フォルダー", "The folder for {count} files"),
    "files.saved": ("{count} 件を保存しました: {folder}", "saved {count} files: {folder}"),
    "files.saved_as": ("名前を変えて保存しました: {file}", "saved under another name: {file}"),
    "files.pipe.title": ("{name} を渡すコマンド", "A command for {name}"),
    "files.pipe.note": (
        "ファイルを標準入力に渡し、出力を表示します(20 秒まで)",
        "It gets the file as its input; what it writes is shown (20 seconds at most)",
    ),
    "files.pipe.nothing": ("(出力なし)", "(it wrote nothing)"),
    "files.pipe.cut": (
        "長すぎるため途中で終了しました",
        "It took or wrote too much and was ended",
    ),
    "files.pipe.code": ("終了コード {code}", "exit code {code}"),
    "files.pipe.failed": ("実行できません: {reason}", "cannot run it: {reason}"),
    "files.cut": (
        "…ここまで表示しました。全体は保存して開いてください",
        "…there is more: save the file to see all of it",
    ),
    "files.empty": ("(中身がありません)", "(empty)"),
    "files.none": (
        "この種類のファイルは端末で表示できません。s で保存、| でコマンドに渡せます",
        "Files of this kind cannot be shown in a terminal: s saves it, | gives it to a command",
    ),
    "files.large": (
        "大きすぎるため表示しません。s で保存できます",
        "It is too large to look into; s saves it",
    ),
    "files.locked": (
        "パスワードで保護された文書です。s で保存し、パスワードを入れて開いてください",
        "The document is locked with a password: save it with s and open it with the password",
    ),
    "files.image": ("画像 {width} × {height} ピクセル", "picture, {width} × {height} pixels"),
    "files.image.unknown": ("画像(大きさは読み取れません)", "a picture of unknown size"),
    "files.image.drawing": ("描いています…", "drawing…"),
    "files.image.no_program": (
        "画像を表示するには chafa を入れてください。s で保存、| でコマンドに渡せます",
        "Install chafa to see pictures here; s saves it, | gives it to a command",
    ),
    "files.image.large": (
        "大きすぎるため表示しません。s で保存、| でコマンドに渡せます",
        "It is too large to be shown; s saves it, | gives it to a command",
    ),
    "files.image.failed": (
        "表示できませんでした。s で保存、| でコマンドに渡せます",
        "It could not be shown; s saves it, | gives it to a command",
    ),
    "files.image.none": (
        "この形式の画像は表示できません。s で保存、| でコマンドに渡せます",
        "Pictures of this kind cannot be shown; s saves it, | gives it to a command",
    ),
    "files.pdf.no_program": (
        "PDF の文字を表示するには pdftotext(poppler-utils)が必要です。s で保存できます",
        "pdftotext (poppler-utils) is needed to show the text of a PDF; s saves it",
    ),
    "files.pdf.nothing": (
        "この PDF に文字はありません(画像か、壊れています)。s で保存できます",
        "This PDF has no text: it is a picture, or broken; s saves it",
    ),
    "files.document.nothing": (
        "この文書に文字はありません(画像だけのことがあります)。s で保存できます",
        "This document has no words, pictures perhaps; s saves it",
    ),
    "files.archive.name": ("名前", "name"),
    "files.archive.size": ("展開後", "unpacked"),
    "files.archive.bomb": (
        "! 展開すると極端に大きくなります(zip 爆弾の疑い)。展開しないでください",
        "! It unpacks to far too much (a zip bomb, perhaps). Do not unpack it",
    ),
    "files.archive.outside": (
        "! 展開先の外に書き込もうとする名前(!)があります。展開しないでください",
        "! It has names (!) that lead out of the folder. Do not unpack it",
    ),
    "files.archive.locked": ("! パスワードがかかっています", "! It is locked with a password"),
}
