"""The settings: what each does and what it may be."""

TEXTS: dict[str, tuple[str, str]] = {
    "config.store.url": (
        "デスクの場所: sqlite:///… または postgresql://…。指定がなければ、自分用のデスク",
        "which desk: sqlite:///… or postgresql://…; else the personal desk",
    ),
    "config.agent.login": (
        "SQLite のデスクで誰として働くか。指定がなければ OS のユーザー名",
        "who works, on a desk in SQLite; else the user of the operating system",
    ),
    "config.ui.language": (
        "画面の言語。auto は環境変数 LC_ALL・LC_MESSAGES・LANG に従います",
        "the language; auto follows LC_ALL, LC_MESSAGES and LANG",
    ),
    "config.ui.theme": (
        "配色: maildesk-dark、maildesk-light、または Textual のテーマ名",
        "the colours: maildesk-dark, maildesk-light, or a theme of Textual",
    ),
    "config.ui.mouse": (
        "マウスを使うか。auto は SSH では使いません",
        "whether the mouse works; auto is off over SSH",
    ),
    "config.ui.after_done": (
        "対応完了の後に開くもの: next は次の会話、list は一覧",
        "what opens after a conversation is done: the next one, or the list",
    ),
    "config.ui.time_zone": (
        "日時を表示する時間帯(例: Asia/Tokyo)。指定がなければこのコンピューターの時間帯",
        "the time zone of dates (Asia/Tokyo, for instance); else this computer's",
    ),
    "config.ui.downloads": (
        "添付ファイルを保存するフォルダー",
        "the folder where attachments are saved",
    ),
    "config.ui.clipboard": (
        "コピーを端末のクリップボードへ送るか(OSC 52)。auto は届かない端末では文字を表示",
        "whether copies go to the terminal's clipboard (OSC 52); auto shows the text where they cannot arrive",
    ),
    "config.ui.browser": (
        "リンクを開くコマンド(例: firefox)。空なら開かずにコピー。SSH 越しでは使わない",
        "the command that opens links (firefox, for instance); empty: they are copied. Never used over SSH",
    ),
    "config.keys.count_wait": (
        "数字のあと、件数とみなすキーを待つ秒数(3j など)。0 なら件数は使えません",
        "seconds in which a key makes the digit before it a count (3j); 0: no counts",
    ),
    "config.keys.preset": (
        "キー割り当ての土台。[keys] に書いたキーが優先します",
        "the keys to start from; single keys in [keys] win over it",
    ),
    "config.send.hold_seconds": (
        "返信の送信を取り消せる秒数",
        "for how many seconds a reply can be taken back after sending",
    ),
    "config.sync.embedded": (
        "ほかに同期する人がいないとき、アプリが自分で同期するか",
        "whether the app syncs itself when nobody else does",
    ),
    "config.notify.bell": (
        "notify.events で知らせるとき、返信権を失ったときに端末のベルを鳴らすか",
        "whether the bell rings: for what notify.events tells, and when a claim was lost",
    ),
    "config.notify.events": (
        "知らせるもの: assigned 割り当て、mention メンション、reply 担当への返信、breach 期限切れ、freed 返信権の空き、followed フォロー中の動き",
        "what is told: assigned, mention, reply (a customer, on mine), breach (of a reply target), freed (a claim), followed",
    ),
    "config.notify.terminal": (
        "端末の通知(OSC 9 または OSC 777)。auto は使える端末だけ",
        "the terminal's own notification (OSC 9 or OSC 777); auto: where the terminal is known to have it",
    ),
    "config.notify.command": (
        "知らせるたびに起動するコマンド(シェルは通さない)。文面は標準入力と MAILDESK_TEXT に入る",
        "a command that is started for each (no shell); the text is its input and MAILDESK_TEXT",
    ),
    "config.notify.command_seconds": (
        "そのコマンドを待つ秒数。過ぎれば終わらせる",
        "seconds until that command is ended",
    ),
    "config.notify.per_minute": (
        "1 分間に知らせる最大の件数。残りはまとめて 1 件",
        "how many are told in a minute at most; the others become one",
    ),
    "config.notify.status_file": (
        "tmux などのステータス行のために 1 行を書くファイル。空なら書かない",
        "a file with one line for the status line of tmux; empty: none",
    ),
    "config.notify.quiet": (
        "知らせない時間帯(例: 22:00-07:00)。空ならなし",
        "hours in which nothing is told (22:00-07:00, for instance); empty: none",
    ),
    "config.notify.quiet_zone": (
        "notify.quiet の時間帯名(例: Asia/Tokyo)。空なら ui.time_zone",
        "the time zone of notify.quiet; empty: that of ui.time_zone",
    ),
    "config.ui.density": (
        "一覧の密度: compact は 1 件 1 行、comfortable は 2 行",
        "rows of the list: compact takes one line, comfortable two",
    ),
    "config.ui.columns": (
        "一覧に出す列(番号・差出人・件名は常に出ます。狭い画面では減ります)",
        "columns of the list (number, sender and subject are always there; a narrow screen has fewer)",
    ),
    "config.ui.ambiguous": (
        "曖昧な幅の文字(①、※、α、é など)の桁数。wide は 2 桁で描く端末のため。枠と罫線は ASCII で描く",
        "cells of characters of ambiguous width (①, ※, α, é): wide for a terminal that draws them on two; frames are then ASCII",
    ),
    "config.ui.dim": (
        "ダイアログの後ろを暗くする。画面全体を送ることになるため、auto は SSH では暗くしない",
        "dim what is behind a dialog; the whole screen is sent for that, so auto does not over SSH",
    ),
    "config.ui.glyphs": (
        "印と罫線: ascii は、フォントや端末が崩れるときに ASCII だけで描く",
        "signs and frames: ascii draws with ASCII alone, where font or terminal break others",
    ),
    "config.expected.several": ("次からいくつか: {choices}", "some of: {choices}"),
    "config.expected.daytime": ("22:00-07:00 のような時間帯", "hours such as 22:00-07:00"),
    "config.expected.command": ("コマンドとその引数", "a command and its arguments"),
    "config.expected.text": ("空でない一行の文字列", "a text in one line, not empty"),
    "config.expected.texts": ("文字列のリスト", "a list of texts"),
    "config.expected.choice": ("次のどれか: {choices}", "one of: {choices}"),
    "config.expected.number": ("{low} から {high} までの数", "a number from {low} to {high}"),
    "config.expected.switch": ("true または false", "true or false"),
    "config.expected.url": ("sqlite:///… または postgresql://…", "sqlite:///… or postgresql://…"),
    "config.expected.zone": ("Asia/Tokyo のような時間帯名", "a time zone such as Asia/Tokyo"),
    "config.expected.path": ("パス", "a path"),
    "config.expected.letter": ("a から z の一文字", "a letter from a to z"),
    "config.expected.step": (
        "操作の ID(conversation.done)、=文字、<キー> のどれか",
        "the id of an action (conversation.done), =text, or <key>",
    ),
    "config.expected.steps": ("1 から {most} までの手順", "1 to {most} steps"),
    "config.expected.keys": ("キー名、またはキー名のリスト", "a key or a list of keys"),
    "config.expected.table": ("[見出し] の付いた表", "a [table]"),
    "config.expected.tables": ("[[{key}]] の繰り返し", "[[{key}]], once for each"),
    "config.expected.login": ("空白のないログイン名", "a login without spaces"),
    "config.expected.address": ("name@shop.example のようなアドレス", "an address such as name@shop.example"),
    "config.expected.host": ("ホスト名または IP アドレス", "a host name or an IP address"),
    "config.expected.client_id": (
        "プロバイダーに登録したアプリのクライアント ID",
        "the client id of the application that you registered with the provider",
    ),
    "config.expected.tenant": (
        "Microsoft 365 のテナントのドメインまたは ID(ほかのプロバイダーでは指定しません)",
        "a tenant of Microsoft 365, its domain or its id; other providers have none",
    ),
    "config.expected.field": (
        "英小文字で始まる、英小文字・数字・_ の 40 文字まで",
        "up to 40 of a-z, 0-9 and _, a letter first",
    ),
    "config.expected.state": (
        "英小文字で始まる、英小文字・数字・- の 30 文字まで(new、waiting など既存の名前は使えません)",
        "up to 30 of a-z, 0-9 and -, a letter first, and none of new, waiting and the like",
    ),
    "config.expected.label_name": ("60 文字までの 1 行", "one line of up to 60 characters"),
    "config.expected.label": ("20 文字までの 1 行", "one line of up to 20 characters"),
    "config.expected.months": ("12 months、1 year、12か月、off", "12 months, 1 year or off"),
    "config.expected.key": ("英字 1 文字", "one letter"),
    "config.expected.length": ("4h、90m、1h30m のような長さ", "a length such as 4h, 90m or 1h30m"),
    "config.expected.hours": (
        "mon-fri 09:00-18:00 のような曜日と時間",
        "days and hours such as mon-fri 09:00-18:00",
    ),
    "config.expected.closed": (
        "2026-12-29 または 2026-12-29..2027-01-03 のような日付",
        "a day such as 2026-12-29, or 2026-12-29..2027-01-03",
    ),
    "config.expected.pattern": ("正規表現", "a regular expression"),
    "config.expected.choices": (
        'type = "choice" のときだけ、1 つ以上の choices が必要です',
        'choices are given with type = "choice", and only there',
    ),
    "config.expected.scopes": ("空白のないスコープ名のリスト", "a list of scopes without spaces"),
    "config.expected.https": (
        "https:// で始まるアドレス(http:// はこのパソコンの中だけ)",
        "an address that begins with https:// (http:// for this computer only)",
    ),
    "config.expected.order_url": (
        "https:// か http:// で始まり、注文番号の場所に波かっこで囲んだ order を書いたアドレス",
        "an address that begins with https:// or http:// and has the word order in braces where the number goes",
    ),
    "config.expected.https_custom": (
        'アドレスは provider = "custom" のときだけ指定します',
        'addresses are for provider = "custom" only',
    ),
    "config.origin.flag": ("コマンドライン", "command line"),
    "config.origin.environment": ("環境変数 {name}", "environment variable {name}"),
    "config.origin.profile": (
        "プロファイル {name}({file} の {line} 行目)",
        "profile {name} ({file}, line {line})",
    ),
    "config.origin.file": ("{file} の {line} 行目", "{file}, line {line}"),
    "config.origin.default": ("既定値", "default"),
}
