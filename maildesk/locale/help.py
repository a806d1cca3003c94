"""Words of the help: what each screen is for."""

TEXTS: dict[str, tuple[str, str]] = {
    "help.title": ("ヘルプ: {where}", "Help: {where}"),
    "help.search": ("キーや操作で絞り込み", "narrow by key or action"),
    "help.none": ("該当するキーはありません", "no such key"),
    "help.keys": ("↑↓ Space ^u 移動  / 絞り込み  Esc 閉じる", "↑↓ Space ^u scroll  / narrow  Esc close"),
    "help.no_key": (
        "— キーはありません。{ex} に続けて名前を入力するか、{palette} から選びます。",
        "— has no key: type its name after {ex}, or choose it with {palette}.",
    ),
    "help.focus": ("今いるところ", "Where you are"),
    "help.focus.WritingArea": (
        "本文の欄です。文字の打ち方は普段のままで、^c ^v ^z も使えます。操作は ctrl と F のキーだけで、Esc は下書きを残して閉じます。",
        "The text. Type as usual, ^c ^v ^z too; only ctrl and F keys act, and Esc closes and keeps the draft.",
    ),
    "help.focus.Narrow": (
        "入力すると下の候補が絞られます。かな、カナ、ローマ字のどれでも探せます。空のときは数字で選べます。",
        "What you type narrows the list below, in kana or romaji too. While it is empty a digit chooses.",
    ),
    "help.focus.Input": (
        "一行の入力欄です。Tab で次の欄へ、Esc で戻ります。",
        "A field of one line. Tab goes to the next, Esc goes back.",
    ),
    "help.focus.SearchBar": (
        '検索の欄です。語を並べるとすべてを含むもの、"…" はそのままの語句、-語 は含まないもの、OR はどちらかです。\n'
        "差出人: 宛先: 件名: 本文: 添付: コメント: 顧客: 注文: ラベル: 店舗: 担当: 優先度: 状態: 条件: あり: 項目:\n"
        "older:3h newer:7日 期限:2時間 期限切れ: 以降:2026-08-01 以前:今日 #1044\n"
        "Tab で補完、↑↓ で以前の検索、Enter で一覧へ、Esc で解除します。",
        'The search. Several words: all of them; "…" as it stands, -word without it, OR either.\n'
        "from: to: subject: body: file: comment: customer: order: label: shop: assignee: priority: state: is: has: field:\n"
        "older:3h newer:7d due:2h overdue: after:2026-08-01 before:today #1044\n"
        "Tab completes, up and down bring back earlier ones, Enter goes to the list, Esc shows all again.",
    ),
    "help.focus.Timeline": (
        "やり取りの本文です。j k で少しずつ、Space で一画面ずつ進み、Enter で引用を開きます。",
        "What was written. j and k scroll, Space goes on by a page, Enter opens a quotation.",
    ),
    "help.focus.MailList": (
        "会話の一覧です。j k か数字を付けて(5j)動き、x や v で選ぶと、次の操作は選んだ全部に効きます。",
        "The list of conversations. j and k move, with a number before them too (5j); x and v select for the next act.",
    ),
    "help.focus.OptionList": (
        "候補の一覧です。↑↓ で動き、Enter で選びます。",
        "A list to choose from: up and down move, Enter chooses.",
    ),
    "help.here": ("この画面", "Here"),
    "help.everywhere": ("どこでも", "Everywhere"),
    "help.after": ("{key} のあと", "After {key}"),
    "help.about.list": (
        "受信トレイです。上のタブで状態を選び、Enter で開きます。x で選んでおくと、操作は選んだ全部に効きます。"
        "返信は r です。ほかの人が返信中なら、その人の名前が担当欄に ✎ で出ます。",
        "The inbox. Tabs choose the state, Enter opens. What you select with x is what the next action is for. "
        "r replies; while a colleague replies, the name stands with ✎ in the last but one column.",
    ),
    "help.signs.list": (
        "状態の印: 新 処(処理中) 承 保 完 迷 捨、保留は 客(顧客待ち) 社(社内待ち) 時(日時待ち)。"
        "印: 不(不達) 空(返信できます) 回(社外から回答) 庫(書庫) 稿(自分の下書き) 目(フォロー中) 添 自(自動) 返。~ は保留の期限です。"
        "× はほかの人の操作で一覧から外れた行で、カーソルを動かすと消えます。"
        "検索では一致した語が反転し、› の後ろに一致した箇所の前後が出ます。",
        "States: Nw new, Re being answered, Ap approval, Wa waiting (Wc customer, Wt team, Wd date), Dn done, Sp spam, "
        "Tr trash. Flags: B bounced, F free for you, O answer from outside, Z archived, d your draft, w followed, "
        "& files, A automatic, R answered. ~ is until when it waits. × has left the list by a colleague's act and goes when "
        "you move on. In a search the words stand in reverse, and behind › what "
        "is around them.",
    ),
    "help.about.conversation": (
        "一つの会話です。古い順に、メール・社内コメント・操作の記録が並びます。J と K で次と前の会話へ進みます。",
        "One conversation, oldest first: mails, internal comments and what was done. J and K go to the next and the one before.",
    ),
    "help.about.compose": (
        "返信を書く画面です。入力は2秒以内に自動保存され、Esc で閉じても下書きに残ります。^r で内容を確認してから送信します。",
        "Here you write a reply. It is saved within two seconds and kept when you close with Esc. ^r shows it once more before it is sent.",
    ),
    "help.about.review": (
        "送信前の最後の確認です。✗ があると送信できません。y で送信し、10 秒以内なら取り消せます。",
        "The last look. ✗ must be mended first. y sends; for ten seconds you can take it back.",
    ),
    "help.about.claim": (
        "ほかの人が返信中です。二重返信を防ぐため、代わりにできることを選びます。",
        "A colleague is replying. So that the customer gets one answer only, choose what to do instead.",
    ),
    "help.about.picker": (
        "入力すると絞り込みます。読み(ひらがな)やローマ字のログイン名でも見つかります。",
        "Type to narrow. Readings in kana and login names are found, too.",
    ),
    "help.about.outbox": (
        "送信待ち・送信できなかったメールです。「要確認」は届いたかどうか分からないもので、自動では送り直しません。",
        "Mail on its way, and mail that did not get there. “Uncertain” may have been delivered, so it is never sent again by itself.",
    ),
    "help.about.files": (
        "会話の添付ファイルです。Enter で中身を見て、s で保存、| でコマンドに渡します。",
        "The attachments of the conversation. Enter looks into one, s saves it, | gives it to a command.",
    ),
    "help.about.charset": (
        "文字化けしたメールの文字コードを選びます。下にそのコードで読んだ冒頭が出ます。",
        "Choose the charset of a mail that is garbled. Below you see how it begins in that one.",
    ),
    "help.about.view": (
        "読むための画面です。F3 でページャーに渡せます。",
        "Something to read. F3 gives it to your pager.",
    ),
    "help.about.confirm": (
        "確認です。y で実行し、Esc では何もしません。",
        "A question. y does it, Esc does nothing.",
    ),
    "help.about.dialog": (
        "入力する画面です。^s で確定し、Esc で戻ります。",
        "Something is typed here. ^s finishes it, Esc goes back.",
    ),
    "help.about.waiting": (
        "送信を待っている返信です。表示されている文面がそのままお客様に届きます。承認は y、差し戻しは b です。自分の返信は e で取り戻せます。",
        "A reply that waits. What you see is what the customer gets. y approves, b gives it back with a note, and its author takes it back with e.",
    ),
    "help.about.stopped": (
        "送信の直前に止まった返信です。だれが何をしたか、その後のやり取り、書いた文章が並びます。"
        "s で確認して送信、Enter で編集、x で捨てます(z で元に戻せます)。",
        "Replies that were stopped before they left: who did what, what came since, and your text. "
        "s sends after a last look, Enter edits, x throws away (z brings it back).",
    ),
    "help.about.health": (
        "受信箱ごとの状態です。正常・空・失敗・再ログイン・制限のどれかと、最後にサーバーが答えた時刻が出ます。F5 ですぐに確認します。",
        "How each mailbox stands: in order, empty, failed, to be signed in again, or out of quota, and when its server last answered. F5 looks now.",
    ),
    "help.about.drafts": (
        "自分の書きかけの返信です。Enter で続きを書きます。",
        "Your unfinished replies. Enter goes on writing.",
    ),
    "help.about.app": (
        "どの画面でも使えるキーです。問いに答えるのは y、入力を終えるのは ^s、やめるのは Esc です。",
        "Keys that work everywhere. y answers a question, ^s finishes what you type, Esc goes back.",
    ),
    "help.about.help": ("キーの一覧です。", "The keys."),
    "help.about.ex": (
        "コマンドを文字で入力します。Tab で補い、↑↓ で前に入力したものを呼び出します。間違えても文字は残ります。",
        "Type a command. Tab completes, up and down bring back earlier ones; an error keeps the text.",
    ),
    "help.about.history": (
        "この顧客との全てのやり取りが、アドレスと店舗をまたいで新しい順に並びます。数字で種類、o で店舗、s で状態、/ で言葉を絞り込み、"
        "Enter でその場所を開きます。Esc は絞り込みを外し、もう一度で戻ります。",
        "Everything with this customer, over all addresses and shops, the newest first. Digits choose a kind, o a shop, s a "
        "state, / words; Enter opens the place. Esc takes the filter off, and then goes back.",
    ),
    "help.about.customer": (
        "顧客について分かっていることです。Enter で直し、a で連絡先を加え、M で同じ人の顧客を統合します。統合は U で解除でき、z でも元に戻せます。"
        "候補は自動では統合されません。",
        "What is known of a customer. Enter changes a line, a adds an address or number, M merges the customer who is the same "
        "person; U takes that back, and so does z. Suggestions are never merged by themselves.",
    ),
    "help.about.phone": (
        "電話を受けながら書くメモです。番号や名前を入れると顧客が見つかり、F2 で履歴を開けます。時間は開いた時から測っています。"
        "^s で保存すると、会話と履歴に残ります。",
        "A memo to write during a call. A number or a name finds the customer, F2 opens his history. The clock runs from the "
        "beginning; ^s saves it on the conversation and in the history.",
    ),
    "help.about.start": (
        "仕事の前に知っておくことです。お知らせ(全員)、申し送り(店舗ごと)、期限切れの問い合わせ、自分宛てのコメントが並びます。"
        "Enter で「読みました」になり、だれが読んだかは右に出ます。c で書き、自分の書いたものは e で直し、x で取り下げます(z で元に戻せます)。",
        "What to know before work: announcements, hand-over notes of the shops, what is overdue and what names you. "
        "Enter says that you read a note; who has read it stands beside. c writes, e changes your own, x takes it back (z undoes).",
    ),
    "help.about.chat": (
        "社内のチャットです。全員の部屋と店舗ごとの部屋があり、Tab で移ります。書いて Enter で発言、↑ で前の発言へ、"
        "#番号 のある行で Enter を押すとその会話が開きます。/ で部屋の中を探せます。お客様には届きません。",
        "The team's chat: a room for everybody and one for each shop; Tab changes it. Type and press Enter; up goes to what was said, "
        "and Enter on a line with #number opens that conversation. / searches the room. Customers never see it.",
    ),
    "help.about.rules": (
        "この店舗での対応ルールです。だれでも読め、管理者は e でエディターを開いて書き直せます(z で元に戻せます)。",
        "How this mailbox is worked on. Everybody reads it; supervisors edit it with e in the editor (z undoes).",
    ),
    "help.about.mentions": (
        "あなたを @名前 で呼んだコメントです。▪ は未読で、Enter で会話を開くと既読になります。会話のフォローは w を押したときだけです。",
        "Comments that name you with @. ▪ is unread; Enter opens the conversation and reads it. You follow it only if you press w.",
    ),
    "help.about.goto": ("g に続けて押すキーです。", "Keys after g."),
    "help.about.copy": ("y に続けて押すキーです。", "Keys after y."),
}
