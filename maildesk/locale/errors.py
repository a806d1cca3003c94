"""What went wrong and what to do about it, one pair (text, ``.hint``) per key of :mod:`maildesk.errors`."""

TEXTS: dict[str, tuple[str, str]] = {
    "errors.plain_nothing_open": ("チケットを開いていません", "no conversation is open"),
    "errors.plain_nothing_open.hint": (
        "一覧の番号を入力すると開きます",
        "type a number of the list to open one",
    ),
    "errors.plain_no_reply": ("返信を書いていません", "no reply is being written"),
    "errors.plain_no_reply.hint": ("「返信」で始めます", "“reply” begins one"),
    "errors.plain_no_claim": ("#{number} の返信権がありません", "you do not have the claim of #{number}"),
    "errors.plain_no_claim.hint": (
        "「返信権」で取れます。下書きは残っています",
        "“claim” takes it; the draft is kept",
    ),
    "errors.plain_nothing_waits": ("#{number} に承認待ちの返信はありません", "no reply of #{number} waits"),
    "errors.plain_no_message": (
        "{text} 番のメールはありません(1〜{count})",
        "there is no message {text} (1 to {count})",
    ),
    "errors.archive_off": ("このデスクでは書庫を使っていません", "this desk has no archive"),
    "errors.archive_off.hint": (
        'maildesk init --from のファイルの [desk] に archive_after = "12 months" と書きます',
        'write archive_after = "12 months" under [desk] in the file of maildesk init --from',
    ),
    "errors.plain_no_tab": ("{text} というタブはありません", "there is no tab {text}"),
    "errors.plain_no_tab.hint": ("「タブ一覧」で読み上げます", "“tabs” tells them"),
    "errors.plain_editor": (
        "{program} を使えませんでした({reason})。文面は {file} にあります",
        "{program} failed ({reason}); the text is in {file}",
    ),
    "errors.no_command": ("「{command}」というコマンドはありません", "there is no command “{command}”"),
    "errors.no_command_near": (
        "「{command}」というコマンドはありません。「{nearest}」ですか?",
        "there is no command “{command}”; did you mean “{nearest}”?",
    ),
    "errors.no_live_setting": (
        "「{key}」は画面から変えられません({known})",
        "“{key}” cannot be set here ({known})",
    ),
    "errors.live_value": ("{key} に「{value}」はありません({known})", "{key} cannot be “{value}” ({known})"),
    "errors.config_by_hand": (
        "{file} の {key} は自動では変えられません。maildesk config edit で直接変えてください",
        "{key} in {file} cannot be changed by program; use maildesk config edit",
    ),
    "errors.config_refused": ("{key} は変えませんでした: {reason}", "{key} was not changed: {reason}"),
    "errors.editor_failed": (
        "エディタが終了コード {code} で終わりました",
        "the editor ended with code {code}",
    ),
    "errors.no_macro": (
        "マクロ {letter} はありません(あるもの: {known})",
        "there is no macro {letter} (known: {known})",
    ),
    "errors.macro_sends": (
        "マクロ {letter} の {action} は送信につながるため取り込めません",
        "macro {letter}: {action} sends, or decides about sending, and is no step",
    ),
    "errors.config_keys": ("{origin}: {reason}(ほか {more} 件)", "{origin}: {reason} ({more} more)"),
    "errors.config_keys.hint": (
        "maildesk keys check ですべて表示します",
        "maildesk keys check lists everything",
    ),
    "errors.config_unreadable": (
        "設定ファイル {file} を読めません: {reason}",
        "cannot read the configuration file {file}: {reason}",
    ),
    "errors.config_syntax": (
        "{file} の {line} 行目: TOML として読めません({reason})",
        "{file}, line {line}: not TOML ({reason})",
    ),
    "errors.config_unknown_key": (
        "{file} の {line} 行目: 設定 {key} はありません",
        "{file}, line {line}: there is no setting {key}",
    ),
    "errors.config_unknown_key.hint": ("近い設定名: {nearest}", "the nearest setting is {nearest}"),
    "errors.config_value": (
        "{file} の {line} 行目: {key} の値 {value} は使えません({expected})",
        "{file}, line {line}: {key} cannot be {value} ({expected})",
    ),
    "errors.config_missing": (
        "{file} の {line} 行目: {key} がありません",
        "{file}, line {line}: {key} is missing",
    ),
    "errors.config_clear_text": (
        '{file} の {line} 行目: {key} = "loopback" は 127.0.0.0/8 と ::1 だけで使えます(ホスト {host})',
        '{file}, line {line}: {key} = "loopback" is for 127.0.0.0/8 and ::1 only, not for {host}',
    ),
    "errors.config_clear_text.hint": (
        'security を "tls" または "starttls" にしてください。パスワードが平文で流れるのを防ぐためです',
        'set security to "tls" or "starttls": a password must never travel in clear',
    ),
    "errors.smtp_unreachable": (
        "送信サーバー {host}:{port} に接続できません({reason})",
        "cannot connect to the outgoing server {host}:{port} ({reason})",
    ),
    "errors.smtp_unreachable.hint": (
        "ホスト名とポート、ネットワークを確かめてください。ポートは普通 tls が 465、starttls が 587 です",
        "check host, port and network; the port is usually 465 for tls and 587 for starttls",
    ),
    "errors.smtp_certificate": (
        "送信サーバー {host} の証明書を信頼できません({reason})",
        "the certificate of the outgoing server {host} is not trusted ({reason})",
    ),
    "errors.smtp_certificate.hint": (
        "ホスト名が証明書と同じか確かめてください。社内の認証局なら ca_file に証明書を指定してください",
        "check that the host name is the one in the certificate; for a private authority set ca_file",
    ),
    "errors.smtp_ca_file": (
        "送信サーバー {host} 用の ca_file {file} がありません",
        "the ca_file {file} for the outgoing server {host} does not exist",
    ),
    "errors.smtp_no_starttls": (
        "送信サーバー {host} は STARTTLS に応じません。平文では送りません",
        "the outgoing server {host} does not offer STARTTLS; nothing is sent in clear text",
    ),
    "errors.smtp_no_starttls.hint": (
        'security = "tls"(ポート 465)を試してください。以前は使えたなら、通信の改ざんかもしれません',
        'try security = "tls" (port 465); if it worked before, somebody may be tampering with the connection',
    ),
    "errors.smtp_not_loopback": (
        "{host} はこのコンピューターではないので、平文では送りません",
        "{host} is not this machine: nothing is sent there in clear text",
    ),
    "errors.smtp_greeting": (
        "送信サーバー {host} が受け付けません: {reply}",
        "the outgoing server {host} is not available: {reply}",
    ),
    "errors.smtp_lost": (
        "送信サーバー {host} との接続が切れました({command}: {reason})",
        "the connection to the outgoing server {host} was lost ({command}: {reason})",
    ),
    "errors.smtp_lost_before_dot": (
        "送信サーバー {host} との接続が途中で切れました({command}: {reason})。メールは届いていません",
        "the connection to the outgoing server {host} was lost too early ({command}: {reason}); "
        "nothing was delivered",
    ),
    "errors.smtp_lost_before_dot.hint": ("自動的に送り直します", "it will be tried again by itself"),
    "errors.smtp_login": (
        "送信サーバー {host} が {user} のログインを受け付けません: {reply}",
        "the outgoing server {host} does not accept the login of {user}: {reply}",
    ),
    "errors.smtp_login.hint": (
        "ユーザー名と SMTP 用のパスワードを確かめてください。"
        "店舗の管理画面でパスワードを更新したときは、ここでも変更が必要です",
        "check the user name and the password for SMTP; "
        "when it was renewed in the shop's control panel it must be changed here too",
    ),
    "errors.smtp_no_login": (
        "送信サーバー {host} では PLAIN も LOGIN も使えません(提供: {offered})",
        "the outgoing server {host} offers neither PLAIN nor LOGIN (it offers: {offered})",
    ),
    "errors.smtp_later": (
        "送信サーバー {host} が今は受け付けません: {reply}",
        "the outgoing server {host} does not take it now: {reply}",
    ),
    "errors.smtp_later.hint": ("自動的に送り直します", "it will be tried again by itself"),
    "errors.smtp_refused": (
        "送信サーバーがメールを拒否しました: {reply}",
        "the outgoing server refused the mail: {reply}",
    ),
    "errors.smtp_refused.hint": (
        "サーバーの言葉に従って直してから、もう一度送ってください",
        "mend what the server says, then send it again",
    ),
    "errors.smtp_recipients_refused": (
        "送信サーバーがすべての宛先を拒否しました: {reply}",
        "the outgoing server refused every recipient: {reply}",
    ),
    "errors.smtp_recipients_refused.hint": ("宛先を確かめてください", "check the addresses"),
    "errors.smtp_recipients_later": (
        "送信サーバー {host} が今はどの宛先も受け付けません: {reply}",
        "the outgoing server {host} takes no recipient now: {reply}",
    ),
    "errors.smtp_recipients_later.hint": ("自動的に送り直します", "it will be tried again by itself"),
    "errors.smtp_no_recipients": ("宛先がありません", "there is no recipient"),
    "errors.smtp_address": (
        "送信元 {address} は SMTP で使えない形です",
        "the sender {address} cannot be written in SMTP",
    ),
    "errors.smtp_address_form": ("SMTP で使えない形のアドレスです", "this address cannot be written in SMTP"),
    "errors.smtp_too_large": (
        "メールが大きすぎます({size})。送信サーバー {host} の上限は {limit} です",
        "the mail is too large ({size}); the outgoing server {host} takes {limit}",
    ),
    "errors.smtp_too_large.hint": ("添付ファイルを減らしてください", "attach less"),
    "errors.smtp_line_ends": (
        "メールに単独の CR・LF または NUL があるので送りません",
        "the mail has a lone CR or LF, or a NUL, and is not sent",
    ),
    "errors.smtp_eight_bit": (
        "送信サーバー {host} は 8 ビットのメールを受け付けません",
        "the outgoing server {host} takes no 8-bit mail",
    ),
    "errors.smtp_uncertain": (
        "送信サーバー {host} が最後の応答を返しませんでした。届いたかどうか分かりません",
        "the outgoing server {host} did not answer at the end; nobody knows whether the mail was delivered",
    ),
    "errors.smtp_uncertain.hint": (
        "自動では送り直しません。送信済みフォルダーを確かめてから、送信済みにするか、もう一度送るかを選んでください",
        "it is not sent again by itself: look into the Sent folder, then mark it as sent or send it again",
    ),
    "errors.secret_env": (
        "パスワード用の環境変数 {name} がありません",
        "the environment variable {name}, which should hold the password, is not set",
    ),
    "errors.secret_env.hint": (
        "maildesk を起動する環境で {name} を設定してください",
        "set {name} where maildesk is started",
    ),
    "errors.secret_command_missing": (
        "パスワード用のコマンド {command} がありません",
        "the command {command}, which should print the password, does not exist",
    ),
    "errors.secret_command_failed": (
        "パスワード用のコマンド {command} が失敗しました(終了コード {code})",
        "the command {command}, which should print the password, failed (exit code {code})",
    ),
    "errors.secret_command_failed.hint": (
        "同じコマンドを端末で実行して確かめてください",
        "run the same command in a terminal to see why",
    ),
    "errors.secret_command_slow": (
        "パスワード用のコマンド {command} が {seconds} 秒以内に終わりません",
        "the command {command}, which should print the password, did not end within {seconds} s",
    ),
    "errors.secret_command_slow.hint": (
        "質問をしてくるコマンドは使えません。先に鍵を開けておいてください",
        "a command that asks something cannot be used; unlock it beforehand",
    ),
    "errors.secret_empty": ("{where} のパスワードが空です", "the password in {where} is empty"),
    "errors.secret_file": (
        "パスワードのファイル {file} を読めません({reason})",
        "cannot read the password file {file} ({reason})",
    ),
    "errors.secret_file_write": (
        "パスワードのファイル {file} に書けません({reason})",
        "cannot write the password file {file} ({reason})",
    ),
    "errors.secret_loose": ("{file} を他の人も読めます", "{file} can be read by others"),
    "errors.secret_loose.hint": ("chmod 600 {path}", "chmod 600 {path}"),
    "errors.secret_missing": (
        "{account} のパスワードが保存されていません",
        "no password is stored for {account}",
    ),
    "errors.secret_missing.hint": (
        "maildesk init で入力するか、password_command・password_env・password_file を設定してください",
        "enter it in maildesk init, or set one of password_command, password_env and password_file",
    ),
    "errors.secret_keyring": (
        "キーリングから {account} のパスワードを読めません({reason})",
        "the key ring does not give the password for {account} ({reason})",
    ),
    "errors.secret_keyring.hint": (
        "キーリングのロックを解除してください",
        "unlock the key ring",
    ),
    "errors.keymap_action": (
        "[keys]: 操作 {action} はありません。近い名前: {nearest}",
        "[keys]: there is no action {action}; the nearest is {nearest}",
    ),
    "errors.keymap_key": (
        "[keys]: {action} のキー {key} は使えません",
        "[keys]: {action} cannot have the key {key}",
    ),
    "errors.keymap_key.hint": (
        "例: j、G、?、ctrl+r、f3、enter、shift+tab(alt は使えません)",
        "write j, G, ?, ctrl+r, f3, enter, shift+tab (alt cannot be used)",
    ),
    "errors.keymap_double": (
        "[keys]: {key} が {where} で {first} と {second} の両方に割り当てられています",
        "[keys]: {key} is both {first} and {second} in: {where}",
    ),
    "errors.keymap_reserved": (
        "[keys]: {key} は端末などが使うため({owner}) {action} に割り当てられません",
        "[keys]: {key} is taken by the terminal ({owner}) and cannot be {action}",
    ),
    "errors.keymap_text_field": (
        "[keys]: {key} は文字の入力に使うため {action} に割り当てられません",
        "[keys]: {key} is needed for typing and cannot be {action}",
    ),
    "errors.keymap_needed": ("[keys]: {action} にはキーが必要です", "[keys]: {action} needs a key"),
    "errors.keymap_preset": (
        "キーの型 {preset} はありません({known})",
        "there is no key preset {preset} ({known})",
    ),
    "errors.template_gap": (
        "テンプレート「{name}」{where} {line} 行目: 「{variable}」の値がありません",
        "template {name}, {where}, line {line}: {variable} has no value",
    ),
    "errors.template_gap.hint": (
        "値を指定してください: --set {variable}=…(作成画面では本文に直接入力します)",
        "give it with --set {variable}=… (or write it into the text in the composer)",
    ),
    "errors.template_source": (
        "テンプレート「{name}」{where} {line} 行目: {reason}",
        "template {name}, {where}, line {line}: {reason}",
    ),
    "errors.template_source.hint": (
        "テンプレートを直してください: maildesk template lint",
        "mend the template; maildesk template lint lists what is wrong",
    ),
    "errors.template_not_a_date": (
        "テンプレート「{name}」{where} {line} 行目: 「{value}」は日付として読めません",
        "template {name}, {where}, line {line}: {value} is no date",
    ),
    "errors.template_not_a_date.hint": (
        "2026-11-21 の形で書いてください(1873年より後)",
        "write it like 2026-11-21 (after 1873)",
    ),
    "errors.template_not_a_number": (
        "テンプレート「{name}」{where} {line} 行目: 「{value}」は数として使えません",
        "template {name}, {where}, line {line}: {value} is no usable number",
    ),
    "errors.template_too_long": (
        "テンプレート「{name}」{where}: 文章が {most} KiB を超えます",
        "template {name}, {where}: the text would exceed {most} KiB",
    ),
    # --- IMAP: the line, the certificate, the login
    "errors.imap_no_such_host": ("メールサーバー {host} が見つかりません", "there is no mail server {host}"),
    "errors.imap_no_such_host.hint": (
        "サーバー名のつづりと、ネットワークの接続を確かめてください",
        "check the spelling of the name, and the network",
    ),
    "errors.imap_port_refused": (
        "{host} のポート {port} は接続を受け付けていません",
        "{host} takes no connections on port {port}",
    ),
    "errors.imap_port_refused.hint": (
        "ポート番号を確かめてください。993(TLS)か 143(STARTTLS)がふつうです",
        "check the port: usual are 993 (TLS) and 143 (STARTTLS)",
    ),
    "errors.imap_unreachable": (
        "{host} のポート {port} に接続できません({reason})",
        "cannot connect to {host} on port {port} ({reason})",
    ),
    "errors.imap_unreachable.hint": (
        "ネットワークと、途中のファイアウォールを確かめてください",
        "check the network, and firewalls on the way",
    ),
    "errors.imap_connect_timeout": (
        "{host} のポート {port} から {seconds} 秒たっても返事がありません",
        "{host} did not answer on port {port} within {seconds} seconds",
    ),
    "errors.imap_connect_timeout.hint": (
        "ポート番号と security(tls か starttls か)、ファイアウォールを確かめてください",
        "check the port, security (tls or starttls), and firewalls on the way",
    ),
    "errors.imap_timeout": (
        "{host} から {seconds} 秒たっても返事がありません",
        "{host} has not answered for {seconds} seconds",
    ),
    "errors.imap_timeout.hint": ("自動でつなぎ直します", "it is connected again by itself"),
    "errors.imap_lost": (
        "{host} との接続が切れました({reason})",
        "the connection to {host} is lost ({reason})",
    ),
    "errors.imap_lost.hint": ("自動でつなぎ直します", "it is connected again by itself"),
    "errors.imap_certificate_expired": (
        "{host} の証明書は期限が切れています",
        "the certificate of {host} has expired",
    ),
    "errors.imap_certificate_expired.hint": (
        "サーバーの管理者に更新を頼んでください。このパソコンの日付も確かめてください",
        "ask the server's administrator to renew it; check the date of this computer, too",
    ),
    "errors.imap_certificate_self_signed": (
        "{host} の証明書は、信頼できる発行者のものではありません",
        "the certificate of {host} is from nobody this computer trusts",
    ),
    "errors.imap_certificate_self_signed.hint": (
        "社内のサーバーなら、その証明書のファイルを ca_file に指定してください",
        "for a server of your own, name its certificate's file in ca_file",
    ),
    "errors.imap_certificate_wrong_name": (
        "{host} の証明書は別の名前のものです",
        "the certificate of {host} is for another name",
    ),
    "errors.imap_certificate_wrong_name.hint": (
        "プロバイダーの案内にあるサーバー名をそのまま使ってください",
        "use the server's name exactly as your provider gives it",
    ),
    "errors.imap_certificate_bad": (
        "{host} の証明書を確かめられません({reason})",
        "the certificate of {host} cannot be verified ({reason})",
    ),
    "errors.imap_tls_failed": (
        "{host} のポート {port} で TLS 接続を始められません({reason})",
        "no TLS with {host} on port {port} ({reason})",
    ),
    "errors.imap_tls_failed.hint": (
        "ポート 143 では security を starttls に、993 では tls にしてください",
        "with port 143 set security to starttls, with 993 to tls",
    ),
    "errors.imap_ca_file": (
        "ca_file の {file} を読めません({reason})",
        "cannot use {file}, named as ca_file ({reason})",
    ),
    "errors.imap_no_starttls": ("{host} は STARTTLS に対応していません", "{host} does not offer STARTTLS"),
    "errors.imap_no_starttls.hint": (
        "security を tls(ポート 993)にしてください。パスワードは送っていません",
        "set security to tls (port 993); no password was sent",
    ),
    "errors.imap_preauth": (
        "{host} はログインの前から認証済みと答えました。安全のため切断しました",
        "{host} says we are logged in before we are; disconnected to be safe",
    ),
    "errors.imap_not_loopback": (
        "{host} はこのパソコンではありません({address})。暗号化なしでは接続しません",
        "{host} is not this computer ({address}): no connection without encryption",
    ),
    "errors.imap_not_loopback.hint": (
        "security を tls または starttls にしてください",
        "set security to tls or starttls",
    ),
    "errors.imap_login_refused": (
        "{host} が {user} のログインを受け付けませんでした({reply})",
        "{host} did not accept the login of {user} ({reply})",
    ),
    "errors.imap_login_refused.hint": (
        "パスワードを確かめてください。Gmail、Yahoo!、iCloud などでは専用の「アプリ パスワード」が必要です",
        "check the password; Gmail, Yahoo, iCloud and others want an app password of their own",
    ),
    "errors.imap_no_oauth": (
        "{host} は OAuth でのログインに対応していません(対応方式: {offered})",
        "{host} does not take OAuth logins (it offers {offered})",
    ),
    "errors.imap_no_oauth.hint": (
        "[mailboxes.imap] に password_command などを設定して、パスワードで接続してください",
        "give it a password: set password_command, password_env or password_file in [mailboxes.imap]",
    ),
    "errors.oauth_login_first": (
        "{mailbox} はまだサインインしていません",
        "nobody has signed {mailbox} in yet",
    ),
    "errors.oauth_login_first.hint": (
        "maildesk login {mailbox} を実行してください",
        "run: maildesk login {mailbox}",
    ),
    "errors.oauth_login_again": (
        "{mailbox} はもう一度サインインが必要です({reason})",
        "{mailbox} has to be signed in again ({reason})",
    ),
    "errors.oauth_login_again.hint": (
        "maildesk login {mailbox} を実行してください。それまでこのメールボックスの送受信は止まります",
        "run: maildesk login {mailbox} — until then this mailbox neither receives nor sends",
    ),
    "errors.oauth_login_key": (
        "{mailbox} のサインイン情報を開けません(暗号化の鍵がここにないか、変わっています)",
        "the stored sign-in of {mailbox} cannot be opened (its key is not here, or is another one)",
    ),
    "errors.oauth_login_key.hint": (
        "同期するユーザーで maildesk login {mailbox} を実行するか、token_key_command などで鍵を指定してください",
        "run `maildesk login {mailbox}` as the user who syncs, or name the key with token_key_command",
    ),
    "errors.oauth_login_worker": (
        "このデータベースのログインでは、メールボックスのサインインを変更できません",
        "this login of the database may not sign mailboxes in",
    ),
    "errors.oauth_login_worker.hint": (
        "同期用のログイン(maildesk_worker のメンバー)で実行してください",
        "run it with a login that syncs (a member of maildesk_worker)",
    ),
    "errors.oauth_not_taken": (
        "サーバーが {mailbox} の新しいトークンを受け付けませんでした({reply})",
        "the server does not take the fresh token of {mailbox} ({reply})",
    ),
    "errors.oauth_not_taken.hint": (
        "サインインしたアカウントと user が同じか、アカウントの設定で IMAP と SMTP が有効かを確かめてください",
        "check that the account that signed in is the user of the servers, and that IMAP and SMTP are turned on for it",
    ),
    "errors.oauth_none": (
        "{mailbox} に OAuth の設定がありません",
        "{mailbox} does not sign in by OAuth",
    ),
    "errors.oauth_none.hint": (
        "maildesk init --from のファイルに [mailboxes.oauth] を書いてください",
        "add [mailboxes.oauth] to the file of `maildesk init --from`",
    ),
    "errors.oauth_no_flow": (
        "{mailbox} の設定ではこの方法でサインインできません",
        "{mailbox} cannot be signed in this way",
    ),
    "errors.oauth_no_flow.hint": (
        "コードでのサインインには device_url、ブラウザーでのサインインには auth_url が必要です",
        "a code needs device_url, a browser needs auth_url",
    ),
    "errors.oauth_url": (
        "{url} には接続しません(https:// ではありません)",
        "{url} is not asked (no https://)",
    ),
    "errors.oauth_ca_file": (
        "証明書のファイル {file} を読めません({reason})",
        "cannot read the certificates in {file} ({reason})",
    ),
    "errors.oauth_key_short": (
        "トークンを暗号化する鍵が短すぎます({least} 文字以上)",
        "the key for the tokens is too short (at least {least} characters)",
    ),
    "errors.oauth_key_short.hint": (
        "openssl rand -base64 32 で作れます",
        "`openssl rand -base64 32` makes one",
    ),
    "errors.oauth_no_cipher": (
        "トークンの鍵が指定されていますが、暗号化のライブラリーがありません",
        "a key for the tokens is set, but the library that encrypts is missing",
    ),
    "errors.oauth_no_cipher.hint": (
        "Python のパッケージ cryptography を入れるか、token_key_… の設定を外してください",
        "install the Python package cryptography, or remove the token_key_… setting",
    ),
    "errors.oauth_client": (
        "{provider} がアプリの登録を受け付けませんでした({reason})",
        "{provider} does not accept the registered application ({reason})",
    ),
    "errors.oauth_client.hint": (
        "client_id、クライアント シークレット、リダイレクト先、許可したスコープを確かめてください",
        "check client_id, the client secret, the redirect address and the scopes of the registration",
    ),
    "errors.oauth_refused": ("サインインできませんでした({reason})", "the sign-in was refused ({reason})"),
    "errors.oauth_ended": ("サインインの有効期限が切れました({reason})", "the sign-in has ended ({reason})"),
    "errors.oauth_denied": ("サインインが拒否されました", "the sign-in was denied"),
    "errors.oauth_expired": ("時間内にサインインされませんでした", "nobody signed in in time"),
    "errors.oauth_expired.hint": ("maildesk login をもう一度実行してください", "run `maildesk login` again"),
    "errors.oauth_pasted": (
        "貼り付けられたアドレスは、このサインインのものではありません",
        "the pasted address does not belong to this sign-in",
    ),
    "errors.oauth_pasted.hint": (
        "サインインの最後にブラウザーのアドレス欄に表示される http://127.0.0.1:… または http://localhost:… をすべて貼り付けてください",
        "paste all of the http://127.0.0.1:… or http://localhost:… that the browser shows at the end",
    ),
    "errors.oauth_nonce": (
        "プロバイダーの応答がこのサインインのものではありません(nonce)",
        "the provider's answer does not belong to this sign-in (nonce)",
    ),
    "errors.oauth_no_refresh": (
        "プロバイダーが更新用のトークンを返しませんでした(1 時間で切れてしまいます)",
        "the provider gave no refresh token: the sign-in would be over in an hour",
    ),
    "errors.oauth_no_refresh.hint": (
        "scopes に offline_access を加えるか、アプリの登録を確かめてください",
        "add offline_access to scopes, or check the registration of the application",
    ),
    "errors.oauth_scope": (
        "メールへのアクセス({scope})が許可されていません",
        "access to mail ({scope}) was not granted",
    ),
    "errors.oauth_scope.hint": (
        "もう一度サインインし、メールの項目にチェックを入れてください",
        "sign in again and tick the box for mail",
    ),
    "errors.oauth_unreachable": (
        "サインインのサーバー {host} に接続できません({reason})",
        "cannot connect to the sign-in server {host} ({reason})",
    ),
    "errors.oauth_certificate": (
        "サインインのサーバー {host} の証明書を確認できません({reason})",
        "the certificate of the sign-in server {host} cannot be verified ({reason})",
    ),
    "errors.oauth_slow": (
        "サインインのサーバー {host} が {seconds} 秒以内に応答しません",
        "the sign-in server {host} did not answer within {seconds} seconds",
    ),
    "errors.oauth_later": (
        "サインインのサーバー {host} が一時的に利用できません(HTTP {status})",
        "the sign-in server {host} is out of order just now (HTTP {status})",
    ),
    "errors.oauth_answer": (
        "サインインのサーバー {host} の応答を読めません({reason})",
        "the answer of the sign-in server {host} cannot be read ({reason})",
    ),
    "errors.oauth_busy": (
        "{mailbox} のサインインの更新が終わりません",
        "the refresh of {mailbox}'s sign-in does not end",
    ),
    "errors.imap_other_protocol": (
        "{host} のポート {port} は IMAP サーバーではありません",
        "{host} is not an IMAP server on port {port}",
    ),
    "errors.imap_other_protocol.hint": (
        "ポート番号を確かめてください。993(TLS)か 143(STARTTLS)がふつうです",
        "check the port: usual are 993 (TLS) and 143 (STARTTLS)",
    ),
    "errors.imap_busy": (
        "{host} は今、要求に応じられません({reply})",
        "{host} cannot do that now ({reply})",
    ),
    "errors.imap_busy.hint": (
        "しばらくしてから自動でやり直します",
        "it is tried again by itself after a while",
    ),
    "errors.imap_quota": (
        "{host} の 1 日の通信量の上限に達しました({reply})",
        "{host} gives no more mail today ({reply})",
    ),
    "errors.imap_quota.hint": (
        "数時間後に自動で再開します。ほかのメールソフトの受信も上限に数えられます",
        "it goes on by itself in some hours; what other mail programs fetch counts, too",
    ),
    "errors.imap_budget": (
        "{host} から今日受信した量が {limit} に達したため、受信を休んでいます",
        "{limit} came from {host} today: no more is fetched, lest the account be locked",
    ),
    "errors.imap_budget.hint": (
        "日付が変わると(UTC)自動で再開します",
        "it goes on by itself when the next day begins (UTC)",
    ),
    "errors.imap_resting": ("{reason}", "{reason}"),
    "errors.imap_resting.hint": (
        "数時間後に自動で再開します",
        "it goes on by itself in some hours",
    ),
    "errors.imap_too_many": (
        "{host} への接続が多すぎます({reply})",
        "too many connections to {host} ({reply})",
    ),
    "errors.imap_too_many.hint": (
        "間隔をあけて自動で接続し直します。同じアカウントを使うほかのメールソフトを閉じてください",
        "it is tried again by itself, later; close other mail programs that use this account",
    ),
    "errors.imap_refused": ("{host} が断りました({reply})", "{host} refused ({reply})"),
    "errors.imap_misbehaved": (
        "{host} の返事が IMAP の決まりに合いません({detail})",
        "{host} gave an answer that IMAP does not allow ({detail})",
    ),
    "errors.imap_no_folder": (
        "{host} にフォルダー {folder} はありません",
        "there is no folder {folder} on {host}",
    ),
    "errors.imap_no_folder.hint": (
        "近い名前のフォルダー: {nearest}",
        "folders with similar names: {nearest}",
    ),
    "errors.secret_backend": (
        "PYTHON_KEYRING_BACKEND の {name} は使えません({reason})",
        "PYTHON_KEYRING_BACKEND names {name}, which cannot be used ({reason})",
    ),
    "errors.config_unknown_env": (
        "環境変数 {env} に当たる設定はありません",
        "there is no setting for the environment variable {env}",
    ),
    "errors.config_unknown_env.hint": ("近い環境変数名: {nearest}", "the nearest variable is {nearest}"),
    "errors.config_theme": (
        "{origin}: ui.theme の配色 {theme} はありません",
        "{origin}: ui.theme names {theme}, which is no theme",
    ),
    "errors.config_theme.hint": ("近い配色: {nearest}", "the nearest theme is {nearest}"),
    "errors.config_env": (
        "環境変数 {name} の値 {value} は使えません({expected})",
        "the environment variable {name} cannot be {value} ({expected})",
    ),
    "errors.config_flag": (
        "設定 {name} に {value} は指定できません({expected})",
        "{name} cannot be {value} ({expected})",
    ),
    "errors.config_profile": (
        "プロファイル {profile} はありません",
        "there is no profile {profile}",
    ),
    "errors.config_profile.hint": ("あるプロファイル: {known}", "the profiles are: {known}"),
    "errors.config_twice": (
        "{file} の {line} 行目: {key} の {value} は二度目です",
        "{file}, line {line}: {key} {value} is used twice",
    ),
    "errors.config_one_password": (
        "{file} の {line} 行目: {keys} は一つだけ指定してください",
        "{file}, line {line}: give only one of {keys}",
    ),
    "errors.attachment_gone": (
        "このメールに添付ファイル {index} はありません",
        "this mail has no attachment {index}",
    ),
    "errors.attachment_save": (
        "添付ファイル {name} を保存できません: {reason}",
        "cannot save the attachment {name}: {reason}",
    ),
    "errors.attachment_save.hint": (
        "保存先のフォルダーの権限と空き容量を確認してください",
        "check the permissions and the free space of the folder",
    ),
    "errors.compose_mismatch": (
        "このメールは安全に組み立てられません: {field} が入力と一致しません",
        "this mail cannot be built safely: {field} does not come out as it was entered",
    ),
    "errors.compose_mismatch.hint": (
        "{field} から改行や特殊な記号を取り除いて、もう一度送信してください",
        "remove line ends and special signs from {field} and send it again",
    ),
    "errors.compose_address": ("宛先 {address} は使えません", "{address} cannot be used as an address"),
    "errors.compose_address.hint": (
        "名前@ドメイン の形になっているか確認してください",
        "an address has the form name@domain",
    ),
    "errors.compose_no_recipient": ("宛先がありません", "the mail has no recipient"),
    "errors.compose_message_id": (
        "メッセージ ID {message_id} は使えません",
        "{message_id} cannot be used as a message id",
    ),
    "errors.store_url": (
        "保存先 {url} は使えません",
        "{url} is not a store",
    ),
    "errors.store_url.hint": (
        "sqlite:////フルパス/desk.db または postgresql://ホスト/データベース の形で指定してください",
        "write sqlite:////full/path/desk.db or postgresql://host/database",
    ),
    "errors.store_missing": ("保存先 {path} がありません", "there is no store at {path}"),
    "errors.store_missing.hint": (
        "「maildesk init」で作成するか、--store または MAILDESK_STORE で別の保存先を指定してください",
        "make one with `maildesk init`, or name another with --store or MAILDESK_STORE",
    ),
    "errors.store_empty": (
        "データベース {path} にはまだ maildesk の表がありません",
        "{path} holds no desk yet",
    ),
    "errors.store_empty.hint": ("「maildesk init」で作成してください", "make one with `maildesk init`"),
    "errors.store_unwritable": (
        "保存先 {path} を開けません({reason})",
        "cannot open the store at {path} ({reason})",
    ),
    "errors.store_unwritable.hint": (
        "フォルダーの権限を確認してください",
        "check the permissions of the folder",
    ),
    "errors.store_readonly": ("{path} に書き込めません", "{path} cannot be written"),
    "errors.store_readonly.hint": (
        "ファイルとフォルダーの両方に書き込み権限が必要です(chmod または chgrp で変更できます)",
        "both the file and its folder must be writable (chmod, chgrp)",
    ),
    "errors.store_network_disk": (
        "{path} はネットワークディスク({kind})の上にあります。SQLite の保存先は同じホストのディスクに限られます",
        "{path} is on a network disk ({kind}); a SQLite store must be on a disk of this host",
    ),
    "errors.store_network_disk.hint": (
        "複数のホストで使うときは PostgreSQL を指定してください",
        "for several hosts use PostgreSQL",
    ),
    "errors.store_newer_client": (
        "保存先 {path} には新しい版の maildesk が必要です",
        "{path} needs a newer maildesk",
    ),
    "errors.store_newer_client.hint": (
        "maildesk を更新して開き直してください",
        "update maildesk, then open it again",
    ),
    "errors.backup_file": ("{file} を読み書きできません({reason})", "cannot read or write {file} ({reason})"),
    "errors.backup_exists": ("{file} はすでにあります", "{file} is there already"),
    "errors.backup_exists.hint": (
        "別の名前かフォルダーを指定するか、--force で置き換えてください",
        "name another file or a folder, or replace it with --force",
    ),
    "errors.backup_not_one": (
        "{file} は maildesk のバックアップではありません({reason})",
        "{file} is no backup of maildesk ({reason})",
    ),
    "errors.backup_newer": (
        "{file} は新しい版の maildesk のバックアップです",
        "{file} is a backup of a newer maildesk",
    ),
    "errors.backup_newer.hint": ("maildesk を更新してください", "update maildesk"),
    "errors.backup_damaged": (
        "バックアップ {file} は壊れています。中身が記録と一致しません",
        "the backup {file} is damaged: it does not hold what it says",
    ),
    "errors.backup_damaged.hint": (
        "何も変更していません。別のバックアップを使ってください",
        "nothing was changed; use another backup",
    ),
    "errors.backup_failed": (
        "データベースをバックアップできません({reason})",
        "the database could not be backed up ({reason})",
    ),
    "errors.backup_partial": (
        "このログインではすべての行を読めないので、バックアップしません({reason})",
        "this login may not read every row, so there is no backup ({reason})",
    ),
    "errors.backup_partial.hint": (
        "データベースの所有者のログインで実行してください",
        "run it with the login that owns the database",
    ),
    "errors.pg_tool_missing": (
        "{tool} が見つかりません(バージョン {needs} 以上が必要です)",
        "{tool} is not here (version {needs} or newer is needed)",
    ),
    "errors.pg_tool_missing.hint": (
        "PostgreSQL のクライアントを入れてください。例: apt install postgresql-client-{needs}",
        "install PostgreSQL's client programs, for example: apt install postgresql-client-{needs}",
    ),
    "errors.pg_tool_old": (
        "{tool} はバージョン {found} で、サーバーの {needs} より古いため使えません",
        "{tool} is version {found}, older than the server ({needs})",
    ),
    "errors.pg_tool_old.hint": (
        "サーバーと同じ版のクライアントを入れてください。例: apt install postgresql-client-{needs}",
        "install the client programs of the server's version, for example: apt install postgresql-client-{needs}",
    ),
    "errors.verify_needs_server": (
        "PostgreSQL のバックアップの確認には PostgreSQL のサーバーが必要です",
        "a backup of PostgreSQL is verified on a PostgreSQL server",
    ),
    "errors.verify_needs_server.hint": (
        "--store postgresql://… でサーバーを指定してください。確認用のデータベースを作成し、終わると削除します",
        "name one with --store postgresql://…; a database is made there and removed again",
    ),
    "errors.restore_other_kind": (
        "{file} は {kind} のバックアップなので、{wanted} には戻せません",
        "{file} is a backup of {kind} and cannot be restored to {wanted}",
    ),
    "errors.restore_other_kind.hint": (
        "--to で戻す先を指定してください",
        "name where to restore it with --to",
    ),
    "errors.restore_not_empty": (
        "{path} にはすでにデスクがあります。上書きしません",
        "there is a desk at {path}; it is not overwritten",
    ),
    "errors.restore_not_empty.hint": (
        "--to で空の場所を指定するか、--force で置き換えてください(SQLite では古いものを残します)",
        "name an empty place with --to, or replace it with --force (on SQLite the old one is kept aside)",
    ),
    "errors.restore_in_use": ("{path} は使用中です", "{path} is in use"),
    "errors.restore_in_use.hint": (
        "アプリとワーカー(maildesk sync)をすべて終了してから、もう一度実行してください。何も変更していません",
        "end every app and worker (maildesk sync), then try again; nothing was changed",
    ),
    "errors.restore_failed": (
        "データベースに戻せません({reason})。データベースは元のままです",
        "the database could not be restored ({reason}); it is as it was",
    ),
    "errors.highwater_unwritable": (
        "送信の記録 {file} に書けません({reason})。何も送信していません",
        "cannot write the record of what was sent, {file} ({reason}); nothing is sent",
    ),
    "errors.highwater_unwritable.hint": (
        "ディスクの空きとフォルダーの権限を確認してください",
        "check the free space and the permissions of the folder",
    ),
    "errors.store_older": (
        "保存先 {path} は古い形式です(スキーマ {found}、この版は {known})。このログインでは更新できません",
        "{path} has an older schema ({found}, this maildesk uses {known}), and this login may not migrate it",
    ),
    "errors.store_older.hint": (
        "データベースの所有者のログインで「maildesk doctor」を一度実行してもらってください",
        "ask the owner of the database to run `maildesk doctor` once",
    ),
    "errors.store_migration_blocked": (
        "保存先 {path} を更新できません。長く続いている処理が表を使っています",
        "{path} cannot be migrated: something that takes long is using its tables",
    ),
    "errors.store_migration_blocked.hint": (
        "何も変わっていません。長い処理(バックアップや集計)が終わってから、もう一度実行してください",
        "nothing was changed; try again when the long query or backup has ended",
    ),
    "errors.store_clock": (
        "保存先の時計を読めません",
        "the store's clock cannot be read",
    ),
    "errors.store_full": (
        "ディスクがいっぱいです({path})。何も失われていません",
        "the disk is full ({path}); nothing was lost",
    ),
    "errors.store_full.hint": (
        "空き容量を作ってから、もう一度実行してください",
        "free some space, then do it again",
    ),
    "errors.store_io": (
        "ディスクを読み書きできません({path})。何も失われていません",
        "the disk cannot be read or written ({path}); nothing was lost",
    ),
    "errors.store_io.hint": (
        "ディスクの空き容量と状態を確認してから、もう一度実行してください",
        "see whether the disk is full or failing, then do it again",
    ),
    "errors.store_busy": ("保存先 {path} が混み合っています", "the store {path} is busy"),
    "errors.store_busy.hint": ("少し待ってから、もう一度実行してください", "wait a moment and try again"),
    "errors.store_not_a_store": (
        "{path} は maildesk の保存先ではありません",
        "{path} is not a store of maildesk",
    ),
    "errors.store_not_a_store.hint": (
        "別のファイルまたはデータベースを指定してください",
        "name another file or database",
    ),
    "errors.store_damaged": (
        "保存先 {path} が壊れています({reason})",
        "the store {path} is damaged ({reason})",
    ),
    "errors.store_damaged.hint": ("バックアップから戻してください", "restore it from a backup"),
    "errors.store_permission": (
        "保存先がこの操作を許可しません({reason})",
        "the store does not permit it ({reason})",
    ),
    "errors.store_permission.hint": ("管理者に権限を確認してください", "ask the administrator for the right"),
    "errors.store_login": (
        "データベースにログインできません({reason})",
        "cannot sign in to the database ({reason})",
    ),
    "errors.store_login.hint": (
        "URL のユーザー名と ~/.pgpass のパスワードを確認してください",
        "check the user in the URL and the password in ~/.pgpass",
    ),
    "errors.store_no_such": ("データベースがありません({reason})", "there is no such database ({reason})"),
    "errors.store_no_such.hint": ("createdb で作成してください", "create it with createdb"),
    "errors.store_unreachable": (
        "保存先につながりません({reason})",
        "the store cannot be reached ({reason})",
    ),
    "errors.store_unreachable.hint": (
        "ネットワークとデータベースの状態を確認してください。書きかけの文章は画面に残っています",
        "check the network and the database; what you have typed is still on screen",
    ),
    "errors.receiving_defect": (
        "受信中に予期しないエラーが起きました({kind})",
        "receiving stopped because of an unexpected error ({kind})",
    ),
    "errors.receiving_defect.hint": (
        "自動でやり直します。続くときは、ログを添えて管理者に知らせてください",
        "it is tried again by itself; where it stays, tell who looks after maildesk, with the log",
    ),
    "errors.sending_defect": (
        "送信中に予期しないエラーが起きました({kind})",
        "sending stopped because of an unexpected error ({kind})",
    ),
    "errors.sending_defect.hint": (
        "自動でやり直します。続くときは、ログを添えて管理者に知らせてください",
        "it is tried again by itself; where it stays, tell who looks after maildesk, with the log",
    ),
    "errors.store_silent": (
        "保存先が {seconds} 秒以上答えません",
        "the store has not answered for {seconds} s",
    ),
    "errors.store_silent.hint": (
        "ネットワークとデータベースの状態を確認してください。書きかけの文章は画面に残っています",
        "check the network and the database; what you have typed is still on screen",
    ),
    "errors.store_failed": ("保存先のエラー: {reason}", "the store failed: {reason}"),
    "errors.conversation_merged": (
        "#{number} は #{into} に統合されています",
        "#{number} was merged into #{into}",
    ),
    "errors.nothing_next": (
        "空いている会話はもうありません",
        "nothing is free any more",
    ),
    "errors.nothing_next_assigned": (
        "空いている会話は、ほかの人が担当の {count} 件だけです",
        "all that is free is assigned to colleagues ({count})",
    ),
    "errors.merge_alone": ("統合する会話を 2 つ以上指定してください", "name two conversations or more"),
    "errors.block_whom": ("アドレスか @ドメインを指定してください", "name an address or an @domain"),
    "errors.no_skip_reason": (
        "飛ばす理由を入力してください",
        "say why it is skipped",
    ),
    "errors.block_wrong": (
        "{address} はメールアドレスでも @ドメインでもありません",
        "{address} is neither a mail address nor an @domain",
    ),
    "errors.block_own": ("{address} は自分たちのアドレスです", "{address} is our own"),
    "errors.block_shared": (
        "{address} は多くの人が使うドメインです。アドレスを 1 つずつブロックしてください",
        "many people use {address}; block single addresses",
    ),
    "errors.no_conversation": ("#{number} という会話はありません", "there is no conversation #{number}"),
    "errors.not_quarantined": (
        "メール {message} は読み取れています(読み直しの対象ではありません)",
        "mail {message} could be read: there is nothing to read again",
    ),
    "errors.no_source": ("このメッセージの原文はありません", "this message has no source"),
    "errors.no_file_of": (
        "#{number} に {place} 番目の添付ファイルはありません({count} 件あります)",
        "#{number} has no attachment {place}: there are {count}",
    ),
    "errors.no_charset": (
        "文字コード {charset} は選べません({known})",
        "{charset} cannot be chosen ({known})",
    ),
    "errors.no_attachment": ("この添付ファイルはありません", "there is no such attachment"),
    "errors.no_template": ("テンプレート「{name}」はありません", "there is no template {name}"),
    "errors.no_template.hint": ("maildesk template list で一覧を見られます", "see `maildesk template list`"),
    "errors.no_agent": ("担当者 {agent} はいません", "there is no agent {agent}"),
    "errors.no_such_agent": ("「{who}」という担当者はいません", "there is no agent {who}"),
    "errors.no_outbox": ("送信待ち {outbox} はありません", "there is no outbox item {outbox}"),
    "errors.empty_comment": ("コメントが空です", "the comment is empty"),
    "errors.not_ready": ("まだ送信できません: {reason}", "not ready to be sent: {reason}"),
    "errors.template_wrong": (
        "テンプレート「{name}」の {line} 行目: {reason}",
        "template {name}, line {line}: {reason}",
    ),
    "errors.no_address": ("「{text}」はメールアドレスではありません", "“{text}” is no mail address"),
    "errors.forward_to_customer": (
        "{address} はお客様側の宛先のため転送できません",
        "{address} takes part in this conversation and gets no forward",
    ),
    "errors.forward_to_customer.hint": (
        "お客様には返信してください",
        "answer the customer with a reply",
    ),
    "errors.no_mail_to_forward": (
        "#{number} に転送できるメールはありません",
        "#{number} has no such mail to forward",
    ),
    "errors.no_mail_to_forward.hint": (
        "社内コメントは転送できません。受信または送信したメールを選んでください",
        "comments cannot be forwarded; choose a mail that came or was sent",
    ),
    "errors.attachments_too_large": (
        "「{name}」を加えると添付が {limit} MB を超えます",
        "with {name} the attachments are larger than {limit} MB",
    ),
    "errors.attachments_too_large.hint": (
        "ファイルを小さくするか、ダウンロードできる場所を案内してください",
        "make it smaller, or tell the customer where to download it",
    ),
    "errors.not_permitted_take_over": (
        "返信権の引き継ぎは管理者だけができます",
        "only supervisors may take a claim over",
    ),
    "errors.not_permitted_take_over.hint": (
        "w で、空いたときに通知を受け取れます",
        "press w to be told when it is free",
    ),
    "errors.not_permitted_edit_templates": (
        "テンプレートを編集する権限がありません",
        "you may not edit templates",
    ),
    "errors.not_permitted_administer": ("管理者の権限が必要です", "only an administrator may do this"),
    "errors.outbox_no_confirm": (
        "この状態({state})では「送信済み」にできません",
        "cannot be marked sent while {state}",
    ),
    "errors.outbox_no_resend": (
        "今は再送信できません(状態 {state})",
        "cannot be sent again now ({state})",
    ),
    "errors.outbox_no_resend.hint": (
        "不明のものは 15 分たってから再送信できます。別の返信を送った後は再送信できません",
        "an uncertain one may be sent again after 15 minutes, and not after another reply was sent",
    ),
    "errors.outbox_no_retry": (
        "送信 {outbox} は再試行を待っていません({state})",
        "outbox {outbox} does not wait for another try ({state})",
    ),
    "errors.outbox_no_approve": (
        "送信 {outbox} は承認を待っていません({state})",
        "outbox {outbox} does not wait for approval ({state})",
    ),
    "errors.outbox_news": (
        "送信 {outbox} は承認していません。お客様から新しいメールが届いたため止めています",
        "outbox {outbox} was not approved: the customer wrote again, so it is held",
    ),
    "errors.outbox_news.hint": (
        "新しいメールを読み、作成者がそのまま送るか書き直します",
        "read the new mail; its author sends it as it is, or writes another",
    ),
    "errors.outbox_not_held": (
        "送信 {outbox} は差し戻せません({state})",
        "outbox {outbox} cannot be given back ({state})",
    ),
    "errors.outbox_older": (
        "送信 {outbox} はバックアップから戻す前のものです。すでに送信された可能性があります",
        "outbox {outbox} is from before the store was put back; it may have left already",
    ),
    "errors.outbox_older.hint": (
        "まず maildesk outbox reconcile を実行してください",
        "first run: maildesk outbox reconcile",
    ),
    "errors.outbox_not_stopped": (
        "送信 {outbox} は新着メールで止まっていません",
        "outbox {outbox} was not stopped by new mail",
    ),
    "errors.approve_own": (
        "自分の返信は承認できません",
        "nobody approves a reply of his own",
    ),
    "errors.approve_own.hint": (
        "ほかの管理者に承認を依頼してください",
        "ask another supervisor",
    ),
    "errors.not_permitted_approve": (
        "承認と差し戻しは管理者だけができます",
        "only supervisors approve replies and give them back",
    ),
    "errors.not_permitted_peek": (
        "返信中の人の下書きは管理者だけが見られます",
        "only supervisors may read the draft of whoever is replying",
    ),
    "errors.too_many_claims": (
        "一つの画面で同時に返信できるのは {limit} 件までです(返信中: {numbers})",
        "one window may answer {limit} conversations at a time (now: {numbers})",
    ),
    "errors.too_many_claims.hint": (
        "先にどれかの返信を送るか、閉じてください",
        "send or close one of them first",
    ),
    "errors.no_message_in": (
        "#{number} にメール {message} はありません",
        "there is no mail {message} in #{number}",
    ),
    "errors.plain_to_reply": (
        "返信の宛先は変えられません(「返信 差出人」で差出人だけにできます)",
        "a reply goes to those who wrote (reply sender: to the sender only)",
    ),
    "errors.nothing_to_undo": ("元に戻せるコマンドはありません", "no command is left to be taken back"),
    "errors.nothing_to_undo.hint": (
        "戻せるのは、この端末で自分が実行したコマンドです。アプリでの操作はアプリの z で戻します",
        "only your own commands on this computer; what was done in the app is undone there with z",
    ),
    "errors.memo_text_or_change": (
        "メモの文か --change のどちらかを指定してください",
        "give the text of a memo, or --change",
    ),
    "errors.memo_which_state": ("--follow-up か --done を指定してください", "say --follow-up or --done"),
    "errors.private_draft": ("--private は --draft と使います", "--private belongs to --draft"),
    "errors.private_draft.hint": (
        "返信権がなければ送信できません",
        "nothing is sent without the claim",
    ),
    "errors.no_draft": ("#{number} にその人の下書きはありません", "there is no such draft in #{number}"),
    "errors.draft_there": (
        "#{number} に自分の下書きがあります",
        "there is a draft of yours in #{number}",
    ),
    "errors.draft_there.hint": (
        "先に送るか、破棄してください。コマンドでは --replace-draft で置き換えます",
        "send or discard it first; on the command line --replace-draft replaces it",
    ),
    "errors.label_wrong": (
        "ラベル「{name}」は使えません",
        "{name} cannot be a label",
    ),
    "errors.label_wrong.hint": (
        "ラベルは改行を含まない、{limit} 文字までの文字列です",
        "a label is one line of at most {limit} characters",
    ),
    "errors.outbox_no_cancel": ("この状態({state})では取り消せません", "cannot be cancelled while {state}"),
    # --- who works here
    "errors.as_unknown": ("「{login}」という担当者はいません", "there is no agent {login}"),
    "errors.as_unknown.hint": ("担当者: {known}", "the agents are: {known}"),
    "errors.as_other": (
        "PostgreSQL では接続のログイン {login} が担当者です。{wanted} にはなれません",
        "on PostgreSQL you are who you sign in as: {login}, not {wanted}",
    ),
    "errors.as_other.hint": (
        "{wanted} のログインで接続してください(--store の URL のユーザー名)",
        "connect as {wanted} (the user in the URL of --store)",
    ),
    "errors.login_no_agent": (
        "データベースのログイン {login} は担当者ではありません",
        "the database login {login} is no agent",
    ),
    "errors.login_no_agent.hint": (
        "担当者: {known}。担当者のログインで接続するか、maildesk init で加えてください",
        "the agents are: {known}; connect as one of them, or add this one with `maildesk init`",
    ),
    "errors.who_are_you": (
        "どの担当者として使うのか分かりません(OS のユーザー: {user})",
        "which agent are you? (user of the system: {user})",
    ),
    "errors.who_are_you.hint": (
        "--as か MAILDESK_AGENT で指定してください。担当者: {known}",
        "say so with --as or MAILDESK_AGENT; the agents are: {known}",
    ),
    "errors.no_agents": ("この保存先にはまだ担当者がいません", "this desk has no agents yet"),
    "errors.no_agents.hint": (
        "maildesk init --from ファイル で担当者を加えてください",
        "add some with `maildesk init --from FILE`",
    ),
    "errors.mailbox_no_imap": (
        "メールボックス {mailbox} に受信サーバーが設定されていません",
        "the mailbox {mailbox} has no incoming server",
    ),
    "errors.mailbox_no_imap.hint": (
        "maildesk init --from で imap を設定してください",
        "give it one with maildesk init --from",
    ),
    "errors.mailbox_no_smtp": (
        "メールボックス {mailbox} に送信サーバーが設定されていません",
        "the mailbox {mailbox} has no outgoing server",
    ),
    "errors.mailbox_no_smtp.hint": (
        "maildesk init --from で smtp を設定してください",
        "give it one with maildesk init --from",
    ),
    "errors.imap_no_sent": (
        "{mailbox} のサーバーに送信済みフォルダーがありません",
        "there is no Sent folder on the server of {mailbox}",
    ),
    "errors.imap_no_sent.hint": (
        "ウェブメールで「Sent」というフォルダーを作ってください",
        "make a folder named Sent in the webmail",
    ),
    "errors.which_mailbox": ("どのメールボックスかを指定してください", "which mailbox?"),
    "errors.which_mailbox.hint": ("--mailbox で指定できます: {known}", "name it with --mailbox: {known}"),
    "errors.mailbox_unknown": ("メールボックス {mailbox} はありません", "there is no mailbox {mailbox}"),
    "errors.mailbox_unknown.hint": ("あるメールボックス: {known}", "the mailboxes are: {known}"),
    "errors.demo_failed": ("デモを始められませんでした: {reason}", "the demo could not begin: {reason}"),
    # --- the command line
    "errors.usage": ("コマンドの書き方が正しくありません: {reason}", "this cannot be understood: {reason}"),
    "errors.usage.hint": ("{prog} --help で使い方を見られます", "see `{prog} --help`"),
    "errors.usage_missing": ("{names} を指定してください", "{names} is missing"),
    "errors.usage_missing.hint": ("{prog} --help で使い方を見られます", "see `{prog} --help`"),
    "errors.usage_unknown": ("{names} は使えません", "{names} is not known here"),
    "errors.usage_unknown.hint": ("{prog} --help で使い方を見られます", "see `{prog} --help`"),
    "errors.usage_one_of": ("次のどれかを指定してください: {names}", "one of these is needed: {names}"),
    "errors.usage_one_of.hint": ("{prog} --help で使い方を見られます", "see `{prog} --help`"),
    "errors.usage_choice": (
        "{argument_name} に {value} は指定できません",
        "{argument_name} cannot be {value}",
    ),
    "errors.usage_choice.hint": ("選べるもの: {choices}", "it is one of: {choices}"),
    "errors.usage_value": (
        "{argument_name} に {value} は指定できません",
        "{argument_name} cannot be {value}",
    ),
    "errors.usage_value.hint": ("{prog} --help で使い方を見られます", "see `{prog} --help`"),
    "errors.usage_no_value": ("{argument_name} に値を指定してください", "{argument_name} needs a value"),
    "errors.usage_no_value.hint": ("{prog} --help で使い方を見られます", "see `{prog} --help`"),
    "errors.usage_together": (
        "{argument_name} と {value} は同時に使えません",
        "{argument_name} and {value} cannot be used together",
    ),
    "errors.no_verb": ("{verb} というコマンドはありません", "there is no command {verb}"),
    "errors.no_verb.hint": ("maildesk --help で一覧を見られます", "see `maildesk --help`"),
    "errors.no_verb_near": ("{verb} というコマンドはありません", "there is no command {verb}"),
    "errors.no_verb_near.hint": (
        "近いコマンド: {nearest}。maildesk --help で一覧を見られます",
        "the nearest is {nearest}; see `maildesk --help`",
    ),
    "errors.no_number": ("{text} は会話の番号ではありません", "{text} is no conversation's number"),
    "errors.no_number.hint": ("1044 または #1044 の形で指定してください", "write 1044 or #1044"),
    "errors.no_time": ("「{text}」は日時として読めません", "{text} is no time"),
    "errors.no_time.hint": (
        "例: 15:00、明日 9:00、月曜、11/25 15:00、+3d、2026-11-25T15:00、until-reply",
        "such as 15:00, tomorrow 9:00, monday, 11/25 15:00, +3d, 2026-11-25T15:00, until-reply",
    ),
    "errors.time_over": ("「{text}」は過ぎています", "{text} is over"),
    "errors.time_over.hint": ("これからの日時を指定してください", "give a time to come"),
    "errors.no_pair": ("{text} は 名前=値 の形ではありません", "{text} is not of the form name=value"),
    "errors.no_uuid": ("{text} は UUID ではありません", "{text} is no UUID"),
    "errors.request_used": (
        "この request-id は #{number} への返信で使われています",
        "this request id was used for a reply in #{number}",
    ),
    "errors.request_used.hint": (
        "返信ごとに新しい UUID を使ってください。何も送信していません(下書きにあります)",
        "give each reply a UUID of its own; nothing was sent, the text is in your drafts",
    ),
    "errors.request_withdrawn": (
        "この request-id の返信(送信 {outbox})は取り消されています",
        "the reply of this request id, outbox {outbox}, was taken back or cancelled",
    ),
    "errors.request_withdrawn.hint": (
        "新しい UUID で送り直してください。何も送信していません(下書きにあります)",
        "send it under a new UUID; nothing was sent, the text is in your drafts",
    ),
    "errors.output_unwritable": (
        "結果を書き出せません({reason})。コマンド自体は実行済みです",
        "cannot write the output ({reason}); what the command does is done",
    ),
    "errors.no_reason": ("引き継ぐには理由が必要です", "taking a claim over needs a reason"),
    "errors.no_reason.hint": ("担当者に表示されます", "the holder will read it"),
    "errors.not_text": (
        "文字として扱えないものが入っています: {text}",
        "this is no text: {text}",
    ),
    "errors.not_text.hint": (
        "UTF-8 の文字だけを渡してください",
        "give text in UTF-8, without NUL",
    ),
    "errors.no_priority": ("{text} という優先度はありません", "{text} is no priority"),
    "errors.no_priority.hint": ("選べるもの: {known}", "it is one of: {known}"),
    "errors.no_draft_of_mine": (
        "#{number} に自分の下書きはありません",
        "there is no draft of yours in #{number}",
    ),
    "errors.no_status": ("{text} という状態にはできません", "{text} is no state that can be set"),
    "errors.no_status.hint": ("選べるもの: {known}", "it is one of: {known}"),
    "errors.no_label": (
        "{text} は +ラベル でも -ラベル でもありません",
        "{text} is neither +label nor -label",
    ),
    "errors.no_setting": ("{key} という設定はありません", "there is no setting {key}"),
    "errors.no_setting.hint": ("近い設定: {nearest}", "the nearest is {nearest}"),
    "errors.bad_cursor": (
        "--after の値が正しくありません",
        "--after is not what an earlier page gave",
    ),
    "errors.bad_cursor.hint": (
        "前のページと同じ --sort で、表示された値をそのまま指定してください",
        "give the value as it was shown, with the same --sort",
    ),
    "errors.stdin_twice": (
        "標準入力は番号とコメントの両方には使えません",
        "standard input cannot be both the numbers and the comment",
    ),
    "errors.not_utf8": ("{file} は UTF-8 の文章ではありません", "{file} is no text in UTF-8"),
    "errors.not_utf8.hint": ("UTF-8 で保存し直してください", "save it as UTF-8"),
    "errors.file_unreadable": ("{file} を読めません({reason})", "cannot read {file} ({reason})"),
    "errors.needs_yes": ("確認できない環境です", "nobody is there to confirm"),
    "errors.needs_yes.hint": ("--yes を付けて実行してください", "say so with --yes"),
    "errors.no_terminal": (
        "画面を開くには端末が必要です",
        "the app needs a terminal",
    ),
    "errors.no_terminal.hint": (
        "パイプやスクリプトからは maildesk list などのコマンドを使ってください(maildesk --help)",
        "in pipes and scripts use commands such as `maildesk list` (see `maildesk --help`)",
    ),
    "errors.bad_terminal": (
        "この端末(TERM={term})には画面を表示できません",
        "this terminal (TERM={term}) cannot show the app",
    ),
    "errors.bad_terminal.hint": (
        "TERM=xterm-256color などを設定するか、maildesk list などのコマンドを使ってください",
        "set TERM, to xterm-256color for example, or use commands such as `maildesk list`",
    ),
    "errors.init_needs_file": (
        "端末のないところでは --from が必要です",
        "without a terminal --from is needed",
    ),
    "errors.init_needs_file.hint": (
        "maildesk init --from ファイル の形で実行してください",
        "run `maildesk init --from FILE`",
    ),
    "errors.config_unwritable": (
        "設定ファイル {file} に書けません({reason})",
        "cannot write the configuration {file} ({reason})",
    ),
    "errors.config_unwritable.hint": (
        "フォルダーの権限を確認するか、--store で保存先を指定してください",
        "check the folder's permissions, or name the store with --store",
    ),
    "errors.wizard_server": (
        "サーバー {host}:{port} の書き方が正しくありません",
        "{host}:{port} is no mail server",
    ),
    "errors.wizard_server.hint": (
        "ホスト名、ポート番号、暗号化の方式を確かめてください。暗号化なしはこのパソコンの中だけで使えます",
        "check host, port and encryption; without encryption only this computer can be named",
    ),
    "errors.query_key": (
        "検索条件の {position} 文字目: {name}: という条件はありません({nearest}: のことですか)",
        "query, character {position}: there is no {name}: (did you mean {nearest}: ?)",
    ),
    "errors.query_key.hint": (
        '語として探すときは "{name}:…" のように引用符で囲んでください',
        'to look for it as a word, put it in quotes: "{name}:…"',
    ),
    "errors.query_value": (
        "検索条件の {position} 文字目: {name}:{value} は使えません({nearest} のことですか)",
        "query, character {position}: {name}: cannot be {value} (did you mean {nearest}?)",
    ),
    "errors.query_value.hint": ("使える値: {known}", "it can be {known}"),
    "errors.query_unknown": (
        "検索条件の {position} 文字目: {name}:{value} はありません({nearest} のことですか)",
        "query, character {position}: there is no {name}:{value} (did you mean {nearest}?)",
    ),
    "errors.query_unknown.hint": ("使える値: {known}", "it can be {known}"),
    "errors.query_unknown_none": (
        "検索条件の {position} 文字目: {name}:{value} はありません",
        "query, character {position}: there is no {name}:{value}",
    ),
    "errors.query_field": (
        "検索条件の {position} 文字目: {name}: の後は「項目名=値」です",
        "query, character {position}: {name}: needs a field and its value, field=value",
    ),
    "errors.query_field.hint": ("例: {name}:rank=gold", "for example {name}:rank=gold"),
    "errors.query_field_number": (
        "検索条件の {position} 文字目: 項目 {name} は数値です({value} は数値として読めません)",
        "query, character {position}: the field {name} holds numbers, and {value} is none",
    ),
    "errors.query_field_number.hint": ("例: field:{name}=12", "for example field:{name}=12"),
    "errors.query_field_date": (
        "検索条件の {position} 文字目: 項目 {name} は日付です({value} は日付として読めません)",
        "query, character {position}: the field {name} holds days, and {value} is none",
    ),
    "errors.query_field_date.hint": ("例: field:{name}=2026-08-01", "for example field:{name}=2026-08-01"),
    "errors.query_value_missing": (
        "検索条件の {position} 文字目: {name}: の後に値を書いてください",
        "query, character {position}: {name}: needs a value",
    ),
    "errors.query_value_missing.hint": ("例: {known}", "for example {known}"),
    "errors.query_age": (
        "検索条件の {position} 文字目: {name}:{value} は長さとして読めません",
        "query, character {position}: {name}:{value} is no length of time",
    ),
    "errors.query_age.hint": ("例: 30m、3h、7d、2w", "for example 30m, 3h, 7d, 2w"),
    "errors.query_day": (
        "検索条件の {position} 文字目: {name}:{value} は日付として読めません",
        "query, character {position}: {name}:{value} is no date",
    ),
    "errors.query_day.hint": (
        "例: 2026-08-01、2026-08、11-20、today、昨日",
        "for example 2026-08-01, 2026-08, 11-20, today, yesterday",
    ),
    "errors.query_star": (
        "検索条件の {position} 文字目: {name}:{value} の * は先頭か末尾だけに使えます",
        "query, character {position}: in {name}:{value} the * can only stand at an end",
    ),
    "errors.query_bracket": (
        "検索条件の {position} 文字目: {bracket} に対応する括弧がありません",
        "query, character {position}: {bracket} is never closed",
    ),
    "errors.query_alternative": (
        "検索条件の {position} 文字目: | (OR) の前後に条件を書いてください",
        "query, character {position}: | (OR) stands between two conditions",
    ),
    "errors.query_long": (
        "検索条件が長すぎます({most} 個まで)",
        "the query is too long (at most {most} conditions)",
    ),
    "errors.no_customer": ("顧客 {number} はいません", "there is no customer {number}"),
    "errors.no_customer.hint": (
        "maildesk customer find NAME で探せます",
        "maildesk customer find NAME looks for one",
    ),
    "errors.customer_name": (
        "顧客の名前は 1〜{limit} 文字で入力してください",
        "the name of a customer has 1 to {limit} characters",
    ),
    "errors.merge_same": ("同じ顧客どうしは統合できません", "a customer cannot be merged into himself"),
    "errors.merge_refused": (
        "顧客 {number} は {at} に {by}さんが顧客 {into}({name})へ統合しています",
        "customer {number} was merged into customer {into} ({name}) by {by} at {at}",
    ),
    "errors.merge_refused.hint": (
        "統合先の顧客と統合するか、先に統合を解除してください",
        "merge with that customer, or take that merge back first",
    ),
    "errors.not_merged": (
        "顧客 {number} は統合されていません",
        "customer {number} is not merged into another",
    ),
    "errors.identity_taken": (
        "{value} は {name} 様(顧客 {number})に登録されています",
        "{value} is known of {name} (customer {number})",
    ),
    "errors.identity_taken.hint": (
        "同じ人なら、2 人の顧客を統合してください",
        "if they are one person, merge the two customers",
    ),
    "errors.identity_from_mail": (
        "{value} はメールで届いたアドレスなので外せません",
        "{value} came by mail and cannot be taken away",
    ),
    "errors.no_identity": ("{value} は登録されていません", "{value} is not known of this customer"),
    "errors.identity_mail": ("{value} はメールアドレスではありません", "{value} is no mail address"),
    "errors.identity_phone": ("{value} は電話番号ではありません", "{value} is no telephone number"),
    "errors.identity_phone.hint": (
        "0 か + で始まる番号を入力してください(例 090-1234-5678、+81 90 1234 5678)",
        "begin with 0 or +, as in 090-1234-5678 or +81 90 1234 5678",
    ),
    "errors.identity_member": ("{value} は会員IDに使えません", "{value} cannot be a member id"),
    "errors.identity_mall": ("{value} はモールの名前に使えません", "{value} cannot be an alias of a mall"),
    "errors.identity_line": ("{value} は LINE ID に使えません", "{value} cannot be a LINE id"),
    "errors.no_customer_field": ("顧客項目 {name} はありません", "there is no customer field {name}"),
    "errors.no_customer_field.hint": ("項目: {known}", "the fields: {known}"),
    "errors.customer_value_text": ("{field}: 長すぎます", "{field}: that is too long"),
    "errors.customer_value_number": ("{field}: {value} は数ではありません", "{field}: {value} is no number"),
    "errors.customer_value_date": ("{field}: {value} は日付ではありません", "{field}: {value} is no date"),
    "errors.customer_value_date.hint": (
        "2026-11-21、2026/11/21、2026年11月21日 のように入力します",
        "write it as 2026-11-21",
    ),
    "errors.customer_value_choice": (
        "{field}: {value} は選べません",
        "{field}: {value} is none of its choices",
    ),
    "errors.customer_value_choice.hint": ("選べる値: {choices}", "the choices: {choices}"),
    "errors.empty_memo": ("電話メモが空です", "the telephone memo is empty"),
    "errors.memo_of_nobody": (
        "だれの電話メモか分かりません",
        "nobody is named for this telephone memo",
    ),
    "errors.memo_of_nobody.hint": (
        "番号か名前を入力するか、会話または顧客を選んでください",
        "give a number or a name, or choose a conversation or a customer",
    ),
    "errors.no_memo": ("電話メモ {number} はありません", "there is no telephone memo {number}"),
    "errors.memo_times": ("終わりが始まりより前です", "the call ends before it begins"),
    "errors.no_order": ("注文 {number} の会話はありません", "no conversation is about order {number}"),
    "errors.nobody_known": ("{value} の顧客はいません", "no customer is known by {value}"),
    "errors.no_column": (
        "{name} という列はありません({nearest} のことですか)",
        "there is no column {name} (did you mean {nearest}?)",
    ),
    "errors.no_column.hint": ("列: {known}", "the columns: {known}"),
    "errors.view_density": ("{density} という密度はありません", "there is no density {density}"),
    "errors.view_density.hint": ("使える値: {known}", "it can be {known}"),
    "errors.view_name": (
        "ビューの名前「{name}」は使えません(1〜{most} 文字)",
        "a view cannot be called “{name}” (1 to {most} characters)",
    ),
    "errors.no_tab": ("タブ「{tab}」はありません", "there is no tab “{tab}”"),
    "errors.no_tab.hint": ("あるもの: {known}", "there are: {known}"),
    "errors.no_state": ("ステータス「{name}」はありません", "there is no state “{name}”"),
    "errors.no_state.hint": ("この窓口で設定されているもの: {known}", "this desk has: {known}"),
    "errors.view_letter": (
        "ビューのキー {letter} は使えません",
        "{letter} cannot be the key of a view",
    ),
    "errors.view_letter.hint": ("空いているキー: {free}", "these are free: {free}"),
    "errors.view_taken": ("ビュー「{name}」はもうあります", "there is a view “{name}” already"),
    "errors.no_view": ("ビュー「{name}」はありません", "there is no view “{name}”"),
    "errors.no_view.hint": ("あるビュー: {known}", "there are: {known}"),
    "errors.not_permitted_view": (
        "このビューを変更できるのは {owner} さんと管理者だけです",
        "only {owner} and administrators may change this view",
    ),
    "errors.no_field_value": ("{text} は 項目=値 の形ではありません", "{text} is not FIELD=VALUE"),
    "errors.view_file": (
        "{file} からビューを読めません: {reason}",
        "no views can be read from {file}: {reason}",
    ),
    "errors.empty_note": ("内容が空です", "it is empty"),
    "errors.long_note": ("長すぎます({most} 文字まで)", "too long (at most {most} characters)"),
    "errors.no_note": ("お知らせ・申し送り {number} はありません", "there is no note {number}"),
    "errors.no_note.hint": ("maildesk note list で一覧できます", "maildesk note list shows them"),
    "errors.not_permitted_note": (
        "書いた人({author}さん)だけが変更できます",
        "only {author}, who wrote it, may change it",
    ),
    "errors.no_line": ("チャットの {number} はありません", "there is no line {number} in the chat"),
    "errors.no_line.hint": ("maildesk chat show で一覧できます", "maildesk chat show lists them"),
    "errors.not_permitted_rules": (
        "ルールを編集できるのは管理者だけです",
        "only supervisors may write the rules",
    ),
    "errors.rules_changed": (
        "その間に {who}さんが変更しました",
        "{who} changed it meanwhile",
    ),
}
