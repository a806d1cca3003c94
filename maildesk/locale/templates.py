"""Reply templates: what the variables and filters mean, what can be wrong with a template."""

TEXTS: dict[str, tuple[str, str]] = {
    "templates.field.subject": ("件名", "subject"),
    "templates.field.body": ("本文", "body"),
    "templates.variable.customer_name": (
        "顧客の名前(メールの差出人名)",
        "the customer's name, as in the mail",
    ),
    "templates.variable.customer_address": ("顧客のメールアドレス", "the customer's mail address"),
    "templates.variable.order_number": (
        "件名か本文にある最初の注文番号",
        "the first order number in subject or text",
    ),
    "templates.variable.shop_name": ("店舗の名前", "the shop's name"),
    "templates.variable.shop_address": ("店舗のメールアドレス", "the shop's mail address"),
    "templates.variable.agent_name": ("返信する担当者の名前", "the name of the agent who replies"),
    "templates.variable.subject": ("件名(Re: を除く)", "the subject, without Re:"),
    "templates.variable.today": ("今日の日付", "today's date"),
    "templates.variable.signature": ("店舗の署名", "the shop's signature"),
    "templates.filter.様": (
        "敬称を付けます(会社と部署には御中)",
        "adds the honorific 様 (御中 for a company or department)",
    ),
    "templates.filter.sama": ("様 と同じです", "the same as 様"),
    "templates.filter.円": ("金額にします: 1,234円", "an amount of money: 1,234円"),
    "templates.filter.yen": ("円 と同じです", "the same as 円"),
    "templates.filter.日付": ("日付にします: 2026年11月21日(土)", "a date: 2026年11月21日(土)"),
    "templates.filter.短い日付": (
        "年のない日付にします: 11月21日(土)",
        "a date without the year: 11月21日(土)",
    ),
    "templates.filter.date": ("英語の日付にします: 21 November 2026", "a date: 21 November 2026"),
    "templates.filter.和暦": ("和暦にします: 令和8年11月21日", "a date by Japanese era: 令和8年11月21日"),
    "templates.filter.wareki": ("和暦 と同じです", "the same as 和暦"),
    "templates.filter.営業日": (
        "何営業日後の日付にします: 今日|営業日(2)。その店の営業時間・休業日・祝日に従い、営業時間の設定がなければ土日と日本の祝日を除きます",
        "so many business days later: today|営業日(2). As the shop's hours, closed days and holidays say; without hours Saturdays, Sundays and, in Japan, public holidays are left out",
    ),
    "templates.filter.business_days": ("営業日 と同じです", "the same as 営業日"),
    "templates.filter.upper": ("英字を大文字にします", "capital letters"),
    "templates.filter.lower": ("英字を小文字にします", "small letters"),
    "templates.filter.trim": ("前後の空白を除きます", "without space at both ends"),
    "templates.filter.default": (
        "値がないときの文字にします: 顧客名|default('お客様')",
        "what to write without a value: customer_name|default('Customer')",
    ),
    "templates.filter.d": ("default と同じです", "the same as default"),
    "templates.problem.syntax": ("書き方に誤りがあります({reason})", "syntax error ({reason})"),
    "templates.problem.attribute": (
        "「{name}」は使えません。変数は名前だけで書きます",
        "{name} cannot be used: variables are plain names",
    ),
    "templates.problem.call": ("呼び出し「{name}」は使えません", "nothing can be called ({name})"),
    "templates.problem.arithmetic": (
        "計算「{operator}」は使えません。日付には 営業日(2) があります",
        "there is no arithmetic ({operator}); dates have business_days(2)",
    ),
    "templates.problem.filter": ("フィルター「{name}」はありません", "there is no filter {name}"),
    "templates.problem.test": ("判定「is {name}」はありません", "there is no test “is {name}”"),
    "templates.problem.argument": (
        "フィルター「{name}」にその引数は使えません",
        "the filter {name} does not take these arguments",
    ),
    "templates.problem.tag": ("「{name}」は使えません", "{name} cannot be used"),
    "templates.problem.loop": (
        "繰り返しは for x in ['A', 'B'] の形だけで使えます",
        "a loop can only run over a list that is written out: for x in ['A', 'B']",
    ),
    "templates.problem.loop_length": ("繰り返しは {most:,} 回までです", "a loop runs at most {most:,} times"),
    "templates.problem.number": ("数が大きすぎます", "a number is too large"),
    "templates.problem.depth": ("入れ子が深すぎます", "nested too deeply"),
    "templates.problem.operations": ("テンプレートが複雑すぎます", "the template is too complex"),
    "templates.problem.source": ("テンプレートは {most} KiB までです", "a template has at most {most} KiB"),
    "templates.problem.compare": ("比べられない値があります", "values of different kinds cannot be compared"),
    "templates.problem.free": (
        "「{name}」は返信するときに担当者が入力します",
        "{name} will be filled in by the agent who replies",
    ),
    "templates.problem.nearest": (
        "「{name}」は返信するときに担当者が入力します(近い変数名: {nearest})",
        "{name} will be filled in by the agent who replies (the nearest variable is {nearest})",
    ),
}
