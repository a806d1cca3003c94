"""What the demo's customers wrote: one entry per mail, oldest facts first within a conversation.

``%注文%`` stands for an order number of the shop, ``%日-3%`` for the day three days ago (``11月18日``),
``%曜-3%`` for the same with its weekday, ``%date-3%`` for English.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from maildesk.demo.people import OWN, RAKUTEN, YAHOO, Person
from maildesk.demo.writing import Charset, File, jpeg, pdf, png
from maildesk.domain.mailbox import Mailbox

HOUR, DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail between a shop and somebody outside. ``minutes`` is its age. With ``ours`` the shop wrote it
    (a copy in Sent); ``after`` is the key of the mail that it answers, which it quotes unless ``bare``."""

    key: str
    shop: Mailbox
    who: Person
    minutes: int
    subject: str
    text: str = ""
    html: str = ""
    charset: Charset = "utf-8"
    encoding: Literal["base64", "quoted-printable", "8bit", "7bit"] = "base64"
    files: tuple[File, ...] = ()
    ours: bool = False
    after: str = ""
    bare: bool = False
    mailer: str = ""
    headers: tuple[tuple[str, str], ...] = ()


SASAKI = Person("佐々木 澄江", "sumie-s@mobile.example")
MAYUMI = Person("鈴木 真由美", "mayumi.suzuki@mail.example")
ITO_SHOKAI = Person("㈱イトー商会 購買部 髙橋", "kobai@ito-shokai.example")
SMITH = Person("John Smith", "john.smith@example.com")
WATANABE = Person("渡邉 美咲", "misaki.watanabe@example.jp")
KEN = Person("中村 健", "9f31c07be2@masked.mall.example")
HANAKO = Person("佐藤 花子", "5ad0419c77@masked.mall.example")
TANABE = Person("田辺 和夫", "kazuo.tanabe@old-mail.example")
NORDIC = Person(
    "一般社団法人日本北欧家具インテリア文化振興協会 事務局 総務部 会計担当 大久保",
    "keiri@nordic-furniture.example",
)
PARIS = Person("Sophie Martin", "sophie.martin@example.com")

_PHONE = "Phone Mail (3.2)"

LETTERS: tuple[Letter, ...] = (
    Letter(
        "cancel-urgent",
        RAKUTEN,
        HANAKO,
        6,
        "【至急】注文のキャンセルについて",
        """先ほど注文した者です。

注文番号:%注文%

色を「ナチュラル」と間違えて「ウォルナット」で購入してしまいました。
発送前でしたら、一度キャンセルしていただけないでしょうか。
ナチュラルのほうで注文し直します。

お忙しいところ申し訳ありませんが、至急ご確認をお願いいたします。

佐藤花子""",
    ),
    Letter(
        "size-skirt",
        OWN,
        Person("高橋 一郎", "ichiro.takahashi@home.example"),
        37,
        "サイズ交換をお願いしたいのですが",
        """こもれび ご担当者様

お世話になります。%日-4%に妻の誕生日用にリネンのワンピース(Mサイズ、生成り)を購入しました。
注文番号は %注文% です。

昨日試着したところ肩まわりがきつく、Lサイズに交換していただけると助かります。
タグは付けたままで、一度袖を通しただけです。

Lの在庫がなければ返品も考えています。
往復の送料はこちらの負担でしょうか。

高橋""",
        mailer="Home Mailer 7.1",
    ),
    Letter(
        "damage-desk",
        YAHOO,
        WATANABE,
        51,
        "届いた商品に傷がありました",
        """お世話になっております。

%日-3%に注文した「オーク材 学習机」(注文番号:%注文%)が本日届きましたが、
天板の右端に約3cmの傷がありました。写真を3枚添付いたします。

交換は可能でしょうか。週末に子どもの誕生日があり、それまでに届くと助かります。

お手数ですが、ご確認のほどよろしくお願いいたします。

渡邉 美咲""",
        files=(
            File("kizu_01.jpg", "image/jpeg", jpeg(80, 60, 1)),
            File("kizu_02.jpg", "image/jpeg", jpeg(80, 60, 2)),
            File("天板の傷(右端).jpg", "image/jpeg", jpeg(60, 80, 3)),
        ),
        mailer=_PHONE,
    ),
    Letter(
        "where-english",
        OWN,
        SMITH,
        64,
        "Where is my order %注文%?",
        """Hello,

I ordered two oak dining chairs on %date-12% (order %注文%) and the tracking page
has said "preparing for shipment" for more than a week.

Could you let me know when they will leave your warehouse? We are moving house on
the 30th and I would need to change the delivery address after that.

Kind regards,
John Smith""",
        charset="us-ascii",
        encoding="7bit",
    ),
    Letter(
        "quote-bulk",
        OWN,
        ITO_SHOKAI,
        86,
        "見積りのお願い(学習机 20台)①",
        """こもれび 公式オンラインショップ
ご担当者様

平素よりお世話になっております。㈱イトー商会 購買部の髙橋と申します。

社内保育室の開設にあたり、下記の見積りをお願いいたします。

 ① オーク材 学習机 幅100cm  20台
 ② 同シリーズ 学習椅子     20脚
 ③ 組立設置(東京本社 12台、大阪支店 8台)

納期と送料、№ごとの単価が分かる書面をいただけますと幸いです。
支払いは月末締め翌月末の銀行振込を希望しております。

よろしくお願い申し上げます。

㈱イトー商会 購買部 髙橋 昭
〒100-0000 東京都千代田区 イトービル5F
TEL 03-0000-0000(内線 512)""",
        charset="iso-2022-jp",
        encoding="7bit",
        mailer="Business Mail 6.00",
    ),
    Letter(
        "gift-wrap",
        RAKUTEN,
        Person("𠮷田 さくら", "c04e8812fa@masked.mall.example"),
        92,
        "お問い合わせ:ギフト包装は可能でしょうか?",
        """はじめまして。
友人の出産祝いに「今治ガーゼの湯上がりタオル 3枚セット」を贈りたいと思っています。

・ギフト包装と、のし(内のし・紅白蝶結び)はお願いできますか?
・のしの名入れは「𠮷田・髙木」と連名にしたいです。「𠮷」は上が土の字です。
・直接お届けの場合、金額の分かるものは入らないでしょうか?

可能でしたら今日中に注文します。よろしくお願いします🎁

𠮷田さくら""",
    ),
    Letter(
        "receipt-name",
        YAHOO,
        Person("髙橋 健一郎", "k-takahashi@clinic.example"),
        101,
        "領収書の宛名を変更してください",
        """先日購入しました %注文% の件です。

領収書をダウンロードしましたが、宛名が個人名になっています。
経費精算に必要なため、下記の宛名で再発行をお願いできますでしょうか。

 宛名:医療法人 みどり会 髙橋内科クリニック
 但し書き:待合室用ソファ代として
 日付:購入日

インボイスの登録番号の記載もお願いいたします。""",
    ),
    Letter(
        "not-arrived",
        RAKUTEN,
        KEN,
        119,
        "商品がまだ届きません(3日経過)",
        """%曜-3%着の予定だったソファカバーがまだ届いていません。
注文番号 %注文%

追跡を見ると「持戻り」のまま動いていません。
不在票も入っていませんでした。
どうなっているのか確認して、今日中に連絡をください。

中村""",
        mailer=_PHONE,
    ),
    Letter(
        "restock-html",
        OWN,
        Person("小林 由美", "yumi.kobayashi@mail.example"),
        132,
        "在庫の再入荷はいつ頃でしょうか",
        html="""<html><head><style>p{margin:0 0 1em}</style></head><body>
<p>こんにちは。いつも楽しく拝見しています。</p>
<p>「<b>北欧デザイン ペンダントライト(真鍮)</b>」がずっと<span style="color:#c00">在庫切れ</span>なのですが、
再入荷の予定はありますか?</p>
<p>見ていたページ: <a href="https://shop.example/items/pendant-brass">https://shop.example/items/pendant-brass</a></p>
<ul><li>希望数: 2灯</li><li>引っ越し: 来月10日</li></ul>
<p>それまでに間に合わないようでしたら、似た商品を教えていただけるとうれしいです。</p>
<p>小林 由美<br>スマートフォンから送信</p></body></html>""",
    ),
    Letter(
        "return-cost",
        RAKUTEN,
        Person("伊藤 直樹", "1be77d20c9@masked.mall.example"),
        148,
        "返品送料について教えてください",
        """お世話になります。
%注文% で購入したラグが、思っていたより毛足が長く部屋に合いませんでした。
開封はしましたが敷いてはいません。

1. 返品は可能ですか
2. 可能な場合、送料は誰の負担でしょうか
3. 返金はいつ頃になりますか

元の箱は処分してしまいました。
伊藤""",
    ),
    Letter(
        "login",
        OWN,
        Person("山本 彩", "aya.yamamoto@example.jp"),
        205,
        "ログインできません",
        """何度パスワードを入れても「メールアドレスまたはパスワードが違います」と出てログインできません。
再設定のメールも届きません(迷惑メールフォルダーも見ました)。

会員登録のアドレスはこのメールと同じはずです。
ポイントの期限が今月末なので、早めに対応していただけると助かります。

画面の写真を付けます。

山本""",
        files=(File("スクリーンショット 2026-11.png", "image/png", png(360, 640, 4)),),
    ),
    Letter(
        "kana",
        YAHOO,
        SASAKI,
        230,
        "ﾌﾟﾚｾﾞﾝﾄ ﾉ ｹﾝ",
        """ｲﾂﾓ ｵｾﾜﾆﾅｯﾃｵﾘﾏｽ。
孫ﾍﾉﾌﾟﾚｾﾞﾝﾄﾆ ﾂﾐｷﾉｾｯﾄｦ ﾁｭｳﾓﾝｼﾏｼﾀ。
包装ﾉﾘﾎﾞﾝﾊ 赤ﾃﾞｵﾈｶﾞｲｼﾏｽ。ﾒｯｾｰｼﾞｶｰﾄﾆﾊ「たんじょうび おめでとう ばあばより」ﾄ ｶｲﾃｸﾀﾞｻｲ。
ﾏﾆｱｲﾏｽﾃﾞｼｮｳｶ。

佐々木""",
        charset="iso-2022-jp",
        encoding="7bit",
        mailer="Keitai Mail",
    ),
    Letter(
        "sjis-address",
        RAKUTEN,
        TANABE,
        262,
        "届け先の変更のお願い",
        """田辺と申します。
注文番号 %注文% の座椅子ですが、届け先を息子の家に変更できますでしょうか。

 〒000-0000 神奈川県横浜市(以下は注文履歴の2件目と同じです)
 田辺 亮一

まだ発送の連絡は来ておりません。パソコンに不慣れで、購入履歴からの変更の仕方が分かりません。
よろしくお願いします。""",
        charset="shift_jis",
        encoding="8bit",
        mailer="OldMail 5.50",
    ),
    Letter(
        "invoice-company",
        OWN,
        NORDIC,
        290,
        "請求書の宛名および分割のお願い(%注文%)",
        """こもれび オンラインショップ ご担当者様

一般社団法人日本北欧家具インテリア文化振興協会の大久保でございます。

先般の展示用椅子 8脚につきまして、請求書を下記のとおり2通に分けてご発行いただけますでしょうか。

 1通目 展示事業費(5脚) 宛名:当協会
 2通目 会議室備品(3脚) 宛名:当協会 事務局

押印は不要で、PDFにてお送りいただければ結構です。
当協会指定の様式を添付いたします。""",
        files=(
            File(
                "請求書様式(2026年度).pdf",
                "application/pdf",
                pdf(("INVOICE FORM 2026", "", "No.   Item   Quantity   Amount", "1", "2", "3")),
                old_name=True,
            ),
        ),
    ),
    Letter(
        "cancel-cold",
        YAHOO,
        Person("村田 剛", "go.murata@example.jp"),
        318,
        "キャンセルします",
        """届くのが遅いのでもうキャンセルでいいです。
別の店で買いました。
%注文%
返金の手続きをお願いします。""",
    ),
    Letter(
        "missing-screw",
        RAKUTEN,
        Person("大野 翔太", "77ac3e01d4@masked.mall.example"),
        355,
        "部品(ネジ)が足りません",
        """本棚(%注文%)を組み立てているのですが、説明書の部品表にある「ネジC」が8本のところ6本しか入っていません。
棚板が1枚固定できず困っています。

不足分だけ送っていただくことはできますか?
入っていた袋の写真を添付します。工具の「六角レンチ」は入っていました。""",
        files=(File("IMG_2041.JPG", "image/jpeg", jpeg(64, 48, 5)),),
        mailer=_PHONE,
    ),
    Letter(
        "wrong-color",
        OWN,
        Person("斎藤 めぐみ", "megumi.saito@mail.example"),
        402,
        "違う色の商品が届きました",
        """本日、クッションカバー(注文番号 %注文%)を受け取りました。

「モスグリーン」を2枚注文したのですが、開けてみたら1枚が「ネイビー」でした。
納品書にはモスグリーン 2 と書いてあります。

来客の予定があるので、正しい色を先に送っていただけないでしょうか。
ネイビーのほうは未開封のまま保管しています。

斎藤めぐみ""",
        files=(File("cushion.jpg", "image/jpeg", jpeg(60, 60, 6)),),
    ),
    Letter(
        "delivery-date",
        YAHOO,
        Person("松下 典子", "noriko.matsushita@home.example"),
        444,
        "配達日時の変更について",
        """%注文% でダイニングテーブルを注文した松下です。

%曜+2%の午前中で指定しましたが、急な出張が入ってしまいました。
%曜+6%の18時以降、または%曜+7%の終日に変更できますか。

搬入経路ですが、エレベーターの扉の幅は80cmです。念のためお伝えします。""",
    ),
    Letter(
        "material",
        OWN,
        Person("岡本 理沙", "risa.okamoto@example.jp"),
        8 * HOUR,
        "素材について質問があります",
        """こもれびさん、こんにちは。

ウールのひざ掛けを検討しています。肌が弱く、ラノリンでかぶれたことがあるのですが、
こちらの商品に使われているウールの加工について分かる範囲で教えていただけますか?

また、同じ柄で綿のものはありますか?

急ぎませんので、お手すきの際にお願いします。
岡本""",
    ),
    Letter(
        "english-ship",
        OWN,
        PARIS,
        9 * HOUR,
        "Shipping to France?",
        """Bonjour,

I found your furoshiki gift sets on a blog and would love to order five of them for
Christmas. Do you ship to France, and what would the postage be?

Could each one be gift wrapped with a short handwritten message? I can send the texts.

Merci beaucoup - and sorry that my Japanese ends at "konnichiwa" (こんにちは)!

Sophie Martin
Lyon""",
        encoding="quoted-printable",
    ),
    Letter(
        "review-angry",
        RAKUTEN,
        Person("", "e8842aa01c@masked.mall.example"),
        10 * HOUR,
        "対応が悪すぎます",
        """2回メールしましたが返事がありません。
電話もつながりません。

椅子の脚がぐらつくので危なくて使えません。小さい子どもがいます。
注文番号 %注文%

今日中に返事がなければレビューに書かせていただきます。""",
        mailer=_PHONE,
    ),
    Letter(
        "hostile",
        OWN,
        Person("[bold]Test[/bold]", "tester@example.com"),
        11 * HOUR,
        "[/] [@click=app.quit]注文の件\x1b]0;hello\x07[/]",
        """\x1b[2J\x1b[31mこのメールには端末の制御文字が入っています\x1b[0m
[red]色は付きません[/red] {{ 7*7 }} {% raw %}
\u202e逆向きの文字\u202c とゼロ幅の\u200b文字も入っています。

普通に読めていれば大丈夫です。""",
    ),
    Letter(
        "coupon",
        YAHOO,
        Person("金子 昌弘", "m.kaneko@mail.example"),
        13 * HOUR,
        "クーポンが使えませんでした",
        """%日-1%のセールで「500円OFFクーポン」を使ったつもりでしたが、
注文確認メール(%注文%)を見たら適用されていませんでした。

今から適用、または差額の返金はできますか。
無理なら一度キャンセルして注文し直したいです。

金子""",
    ),
    Letter(
        "repair",
        OWN,
        Person("藤原 節子", "setsuko-f@home.example"),
        15 * HOUR,
        "三年前に購入した椅子の修理",
        """拝啓 晩秋の候、皆様にはますますご清栄のこととお慶び申し上げます。

三年前に求めましたロッキングチェアを大切に使っておりますが、先日より
右の脚(そり)の付け根がきしむようになりました。
思い出の品ですので、買い替えではなく修理をお願いしたく存じます。

費用はどのくらいかかりますでしょうか。また、引き取りに来ていただくことは
可能でしょうか。当方、車がございません。

寒さに向かいます折、皆様どうぞご自愛くださいませ。 敬具

藤原 節子""",
        charset="iso-2022-jp",
        encoding="7bit",
    ),
    Letter(
        "stock-fashion",
        RAKUTEN,
        Person("平野 加奈", "kana-h@mobile.example"),
        17 * HOUR,
        "23.5cmの再販ありますか??",
        """スエードのローファー、キャメルの23.5がほしいです!
再販の予定ありますか?? 24.0だと大きいですかね💦
普段は23.5のスニーカーです。よろしくお願いします🙇""",
        mailer=_PHONE,
    ),
    Letter(
        "return-defect",
        YAHOO,
        Person("宮崎 洋平", "yohei.miyazaki@example.jp"),
        20 * HOUR,
        "不良品の返品について(電源が入りません)",
        """%日-6%に届いたフロアライト(%注文%)の電源が入りません。

電球を別のものに替えても、コンセントを変えても同じでした。
不良品だと思いますので、交換ではなく返品・返金でお願いします。

返送用の伝票を送っていただけますか。箱は取ってあります。""",
    ),
    Letter(
        "receipt-lost",
        RAKUTEN,
        Person("酒井 英二", "30bd9915ef@masked.mall.example"),
        22 * HOUR,
        "領収書の再発行",
        """%注文% の領収書を紛失しました。
確定申告に使うので再発行をお願いできますか。
宛名は「酒井建築設計事務所」でお願いします。""",
    ),
    # A conversation with one answer of ours, and the customer's thanks.
    Letter(
        "track-1",
        YAHOO,
        Person("新井 あゆみ", "ayumi.arai@mail.example"),
        2 * DAY + 130,
        "発送はいつになりますか",
        """%注文% のマグカップですが、まだ発送メールが届きません。
%曜+1%の結婚祝いに持っていきたいのですが、間に合いますか?""",
    ),
    Letter(
        "track-2",
        YAHOO,
        Person("新井 あゆみ", "ayumi.arai@mail.example"),
        2 * DAY + 20,
        "Re: 発送はいつになりますか",
        """新井 あゆみ 様

お問い合わせありがとうございます。こもれび Yahoo!店の鈴木でございます。

ご注文のマグカップは、本日発送いたしました。
お届けは明日の午前中の予定でございます。
お祝いの日に間に合いますので、どうぞご安心ください。

 配送会社:青空運輸
 お問い合わせ番号:4412-0093-2210""",
        ours=True,
        after="track-1",
    ),
    Letter(
        "track-3",
        YAHOO,
        Person("新井 あゆみ", "ayumi.arai@mail.example"),
        140,
        "Re: 発送はいつになりますか",
        """鈴木様

無事に届きました! 包装もとてもかわいくて、友人にも喜んでもらえそうです。
早い対応をありがとうございました。また利用させていただきます。

新井""",
        after="track-2",
        mailer=_PHONE,
    ),
    # The long one: nine days, ten mails.
    Letter(
        "sofa-1",
        OWN,
        MAYUMI,
        9 * DAY,
        "ソファの張り地とお届け日のご相談",
        """こもれび 公式オンラインショップ ご担当者様

はじめまして、鈴木と申します。
3人掛けソファ「木陰」の購入を検討しており、張り地について相談させてください。

犬を飼っているので、爪で傷みにくい生地を希望しています。
おすすめの張り地と、サンプルの取り寄せ方法を教えていただけますか。""",
    ),
    Letter(
        "sofa-2",
        OWN,
        MAYUMI,
        9 * DAY - 190,
        "Re: ソファの張り地とお届け日のご相談",
        """鈴木 真由美 様

お問い合わせありがとうございます。こもれびの高橋でございます。

わんちゃんとお過ごしでしたら、目の詰まった「ファブリックD」をおすすめいたします。
爪が引っかかりにくく、カバーを外して洗うこともできます。

サンプルは3種類まで無料でお送りしております。
ご希望の色とご住所をお知らせくださいませ。""",
        ours=True,
        after="sofa-1",
    ),
    Letter(
        "sofa-3",
        OWN,
        MAYUMI,
        8 * DAY,
        "Re: ソファの張り地とお届け日のご相談",
        """高橋様

ご丁寧にありがとうございます。
ファブリックDの「D-02 砂」「D-05 苔」「D-09 墨」をお願いします。
住所は会員登録のとおりです。""",
        after="sofa-2",
    ),
    Letter(
        "sofa-4",
        OWN,
        MAYUMI,
        8 * DAY - 75,
        "Re: ソファの張り地とお届け日のご相談",
        """鈴木 真由美 様

ありがとうございます。サンプル3点を本日発送いたしました。
明後日ごろ、郵便受けへのお届けとなります。""",
        ours=True,
        after="sofa-3",
    ),
    Letter(
        "sofa-5",
        OWN,
        MAYUMI,
        5 * DAY + 240,
        "Re: ソファの張り地とお届け日のご相談",
        """高橋様

サンプルが届きました。家族で相談し、「D-05 苔」に決めました。
先ほど注文しました。注文番号は %注文% です。

玄関の幅が78cmなのですが、搬入できるでしょうか。
図面の写真を添付します。""",
        after="sofa-4",
        files=(File("間取り図.jpg", "image/jpeg", jpeg(80, 60, 7)),),
    ),
    Letter(
        "sofa-6",
        OWN,
        MAYUMI,
        5 * DAY,
        "Re: ソファの張り地とお届け日のご相談",
        """鈴木 真由美 様

ご注文ありがとうございます。
図面を拝見しました。脚を外した状態で幅72cmとなりますので、玄関からお入れできます。

お届けは3週間後の予定です。日が決まりましたら改めてご連絡いたします。""",
        ours=True,
        after="sofa-5",
    ),
    Letter(
        "sofa-7",
        OWN,
        MAYUMI,
        3 * DAY + 310,
        "Re: ソファの張り地とお届け日のご相談",
        """高橋様

ありがとうございます。安心しました。
もうひとつ、今使っているソファの引き取りはお願いできますか?
2人掛けで、2階にあります。""",
        after="sofa-6",
    ),
    Letter(
        "sofa-8",
        OWN,
        MAYUMI,
        3 * DAY + 60,
        "Re: ソファの張り地とお届け日のご相談",
        """鈴木 真由美 様

お引き取りは、3人掛けまで 4,400円(税込)で承っております。
2階からの搬出も可能です。お届けと同じ日に、その場で配送員へお支払いください。""",
        ours=True,
        after="sofa-7",
    ),
    Letter(
        "sofa-9",
        OWN,
        MAYUMI,
        1 * DAY + 200,
        "Re: ソファの張り地とお届け日のご相談",
        """高橋様

引き取りもお願いします。
お届け日ですが、%曜+18%か%曜+19%の午後を希望します。""",
        after="sofa-8",
    ),
    Letter(
        "sofa-10",
        OWN,
        MAYUMI,
        25,
        "Re: ソファの張り地とお届け日のご相談",
        """高橋様

たびたびすみません。%曜+18%は都合が悪くなってしまいました。
%曜+19%の午後か、その翌週でしたらいつでも大丈夫です。

よろしくお願いいたします。
鈴木真由美""",
        after="sofa-9",
        mailer=_PHONE,
    ),
    # Two mails of one customer about one matter, the second impatient.
    Letter(
        "twice-1",
        RAKUTEN,
        Person("内田 修", "b21f6d0e55@masked.mall.example"),
        1 * DAY + 300,
        "名入れの綴りを間違えました",
        """%注文% の名入れボールペンですが、「OSAMU」を「OSMAU」と入力してしまいました。
製作前でしたら訂正をお願いします。""",
    ),
    Letter(
        "twice-2",
        RAKUTEN,
        Person("内田 修", "b21f6d0e55@masked.mall.example"),
        175,
        "Re: 名入れの綴りを間違えました",
        """昨日お送りした件、いかがでしょうか。
父の退職祝いなので、綴りが間違ったままだと渡せません。
製作に入ってしまった場合は、作り直しの費用をお支払いします。""",
        after="twice-1",
    ),
    Letter(
        "warranty",
        YAHOO,
        Person("小川 啓介", "ogawa.keisuke@example.jp"),
        1 * DAY + 90,
        "保証書が入っていませんでした",
        """マットレス(%注文%)を受け取りました。寝心地には満足しています。

同封と書かれていた10年保証の保証書が見当たりません。
別送でしょうか。型番のラベルの写真を添付します。""",
        files=(File("label.png", "image/png", png(300, 180, 8)),),
    ),
    Letter(
        "photo-html",
        RAKUTEN,
        Person("菊地 真理", "58f0c2a7b1@masked.mall.example"),
        1 * DAY + 400,
        "花瓶が割れていました",
        html="""<div dir="ltr">本日届いたガラスの花瓶ですが、箱を開けたら割れていました。<br>
注文番号: %注文%<br><br><img src="cid:photo1@mobile.example" width="320"><br><br>
外箱にはへこみはありませんでした。代わりの品を送ってもらえますか?<br><br>菊地</div>""",
        files=(File("IMG_0388.jpeg", "image/jpeg", jpeg(48, 64, 9), content_id="photo1@mobile.example"),),
        mailer=_PHONE,
    ),
    Letter(
        "noshi",
        RAKUTEN,
        Person("本田 和子", "kazuko.honda@mail.example"),
        1 * DAY + 520,
        "お歳暮ののしと配送日の指定",
        """お世話になっております。本田でございます。

お歳暮として、桐箱入りのお茶セットを7か所へお送りしたいと考えております。

・のしは「御歳暮」、名入れは「本田」でお願いいたします。
・お届けは12月5日から10日の間でお願いできますでしょうか。
・お届け先の一覧はどのようにお渡しすればよろしいですか。""",
        charset="iso-2022-jp",
        encoding="7bit",
    ),
    Letter(
        "press",
        OWN,
        Person("編集部 野村", "nomura@magazine.example"),
        2 * DAY + 45,
        "雑誌掲載のご相談(2月号 北欧の暮らし特集)",
        """こもれび 広報ご担当者様

突然のご連絡失礼いたします。月刊「くらしの手ざわり」編集部の野村と申します。

2月号の特集にて、御社のペンダントライトを誌面でご紹介したく、
商品の貸し出しと画像のご提供をお願いできればと存じます。
掲載料はかかりません。企画書を添付いたしますので、ご検討ください。

締切の都合上、来週中にお返事をいただけますと幸いです。""",
        files=(
            File("企画書.pdf", "application/pdf", pdf(("Feature: Nordic living", "Issue 2, page 24-31"))),
        ),
    ),
    Letter(
        "job",
        OWN,
        Person("安藤 未来", "miku.ando@example.com"),
        3 * DAY + 500,
        "採用について",
        """ホームページで「カスタマーサポートスタッフ募集」を拝見しました。
まだ応募は可能でしょうか。週3日、在宅での勤務を希望しています。
履歴書の送り先を教えてください。

安藤未来""",
    ),
    # An answer of ours that bounced, and one that met an automatic reply.
    Letter(
        "bounced-1",
        YAHOO,
        Person("横山 徹", "toru-yokoyama@mobile.example"),
        1 * DAY + 150,
        "返品の住所を教えてください",
        """サイズが合わなかったので返品します(%注文%)。
返送先の住所を教えてください。着払いでいいですか。""",
        mailer="Keitai Mail",
    ),
    Letter(
        "bounced-2",
        YAHOO,
        Person("横山 徹", "toru-yokoyama@mobile.example"),
        1 * DAY + 30,
        "Re: 返品の住所を教えてください",
        """横山 徹 様

こもれび Yahoo!店の佐藤でございます。
このたびはお手数をおかけしております。

返送先は下記のとおりでございます。着払いにてお送りください。

 〒000-0000 長野県松本市 こもれび 返品センター""",
        ours=True,
        after="bounced-1",
    ),
    Letter(
        "away-1",
        OWN,
        Person("河野 裕", "y.kono@design-office.example"),
        2 * DAY + 400,
        "天板サイズの特注は可能ですか",
        """設計事務所の河野です。
打合せ用テーブルの天板を 2100×950 で製作いただくことは可能でしょうか。
可能であれば概算と納期をお知らせください。""",
    ),
    Letter(
        "away-2",
        OWN,
        Person("河野 裕", "y.kono@design-office.example"),
        1 * DAY + 460,
        "Re: 天板サイズの特注は可能ですか",
        """河野 裕 様

お問い合わせありがとうございます。こもれびの高橋でございます。

ご希望の寸法で製作が可能でございます。
概算は 268,000円(税込・送料別)、納期は約6週間でございます。
正式なお見積りをご希望でしたら、樹種と脚の形をお知らせください。""",
        ours=True,
        after="away-1",
    ),
)
