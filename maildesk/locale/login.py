"""The words of signing a mailbox in: the page in the browser and the command."""

TEXTS: dict[str, tuple[str, str]] = {
    "login.page.done": (
        "サインインできました。この画面を閉じて maildesk に戻ってください。",
        "Signed in. Close this page and go back to maildesk.",
    ),
    "login.page.nothing": ("ここには何もありません。", "There is nothing here."),
    "login.code": (
        "ブラウザーで {url} を開き、次のコードを入力してください({minutes} 分以内):",
        "Open {url} in a browser and enter this code (within {minutes} minutes):",
    ),
    "login.open": (
        "このアドレスをブラウザーで開き、{mailbox} のアカウントでサインインしてください({minutes} 分以内):",
        "Open this address in a browser and sign in with the account of {mailbox} (within {minutes} minutes):",
    ),
    "login.tunnel": (
        "ブラウザーが別のパソコンにあるときは、先にそのパソコンで次を実行してください(できない場合は maildesk login --paste):",
        "If the browser is on another computer, first run this there (or use `maildesk login --paste`):",
    ),
    "login.paste": (
        "サインインの最後にブラウザーは http://{host}:{port}/… を開けずに止まります。そのアドレスをここに貼り付けて Enter を押してください:",
        "At the end the browser stops at an http://{host}:{port}/… that it cannot open. Paste that address here and press Enter:",
    ),
    "login.cancel": ("Ctrl-C で中止します。何も保存されません。", "Ctrl-C cancels; nothing is kept then."),
    "login.first": (
        "{mailbox} のサインイン: maildesk login {mailbox}",
        "to sign {mailbox} in, run: maildesk login {mailbox}",
    ),
    "login.done": ("{mailbox} にサインインしました。", "{mailbox} is signed in."),
    "login.other_account": (
        "サインインしたのは {account} ですが、このメールボックスのユーザーは {user} です。受信できないときはサインインし直してください。",
        "{account} signed in, but the user of this mailbox is {user}. If it does not receive, sign in again.",
    ),
    "login.next": (
        "次は maildesk doctor で接続を確認できます。",
        "`maildesk doctor` looks whether the servers take it.",
    ),
    "login.not_sealed": (
        "トークンは暗号化されずに保存されています(読めるのは同期するユーザーだけです)。token_key_… で鍵を指定すると暗号化されます。",
        "The tokens are stored unencrypted (only whoever syncs can read them). With a key, token_key_…, they are encrypted.",
    ),
    "login.forgotten": ("{mailbox} のサインイン情報を消しました。", "The sign-in of {mailbox} is forgotten."),
    "login.nothing": ("{mailbox} はサインインしていません。", "{mailbox} was not signed in."),
    "login.not_revoked": (
        "プロバイダーには取り消しを伝えていません。アカウントの設定画面でアプリのアクセスを取り消せます。",
        "The provider was not told: take the application's access back in the settings of the account.",
    ),
    "login.state.ok": ("サインイン済み", "signed in"),
    "login.state.unused": (
        "{days} 日間未使用(まもなく失効します)",
        "not used for {days} days (it will end soon)",
    ),
    "login.state.login": ("サインインが必要({reason})", "to be signed in ({reason})"),
    "login.state.never": ("未サインイン", "not signed in"),
    "login.used": ("最終使用 {at}", "last used {at}"),
    "login.none": ("OAuth を使うメールボックスはありません。", "No mailbox signs in by OAuth."),
}
