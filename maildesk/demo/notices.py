"""Mail that nobody needs to answer: the malls' notices, a list, advertising, an attempt at fraud."""

from __future__ import annotations

from maildesk.demo.letters import DAY, HOUR, Letter
from maildesk.demo.people import OWN, RAKUTEN, YAHOO, Person

_AUTO = (("Auto-Submitted", "auto-generated"), ("Precedence", "bulk"))
_ORDERS = Person("楽天市場", "order@rakuten.mall.example")
_STORE = Person("Yahoo!ショッピング ストア運営", "store-notice@yahoo.mall.example")
_CART = Person("こもれび 受注システム", "no-reply@cart.example")
_CARRIER = Person("青空運輸 お届け通知", "no-reply@aozora-unyu.example")

NOTICES: tuple[Letter, ...] = (
    Letter(
        "order-rakuten-1",
        RAKUTEN,
        _ORDERS,
        14,
        "【楽天市場】注文内容ご確認(自動配信メール)",
        """このメールはお客様の注文に関する自動配信メールです。返信はできません。

[受注番号] %注文%
[日時]   %日-0% 自動受付
[注文者]  佐藤 花子 様
[支払方法] クレジットカード
---------------------------------------------
[商品]
オーク材 ベッドサイドテーブル ウォルナット
価格 12,800(円) × 1(個) = 12,800(円) (税込、送料別)
---------------------------------------------
小計   12,800(円)
送料    990(円)
合計   13,790(円)""",
        headers=_AUTO,
        charset="iso-2022-jp",
        encoding="7bit",
    ),
    Letter(
        "order-yahoo-1",
        YAHOO,
        _STORE,
        3 * DAY + 70,
        "【Yahoo!ショッピング】新規注文のお知らせ %注文%",
        """ストア:こもれび Yahoo!店

新しい注文が入りました。ストアクリエイターで内容をご確認ください。

注文ID:%注文%
注文者:渡邉 美咲 様
商品 :オーク材 学習机 幅100cm(1点)
金額 :49,800円

※このメールは自動的に送信しています。返信されてもお答えできません。""",
        headers=_AUTO,
    ),
    Letter(
        "order-own-1",
        OWN,
        _CART,
        83,
        "[受注] %注文% 2点 23,100円",
        """注文番号: %注文%
支払い: 代金引換
商品: リネンのワンピース(M/生成り) 1、麻のトートバッグ 1
備考: ラッピング希望

管理画面にログインして処理してください。""",
        headers=_AUTO,
    ),
    Letter(
        "shipped",
        RAKUTEN,
        _CARRIER,
        3 * HOUR,
        "お届け完了のお知らせ(4412-0093-2217)",
        """いつも青空運輸をご利用いただきありがとうございます。

下記のお荷物のお届けが完了いたしました。

 お問い合わせ番号:4412-0093-2217
 お届け先:神奈川県
 完了日時:%日-0%

※送信専用のアドレスです。""",
        headers=(("Auto-Submitted", "auto-generated"),),
    ),
    Letter(
        "held",
        YAHOO,
        _CARRIER,
        7 * HOUR,
        "【重要】お荷物の持ち戻りについて(4412-0093-1804)",
        """お届け先が不在のため、お荷物を持ち戻りました。

 お問い合わせ番号:4412-0093-1804
 理由:ご不在(2回目)
 保管期限:%曜+5%

期限を過ぎますと発送元へ返送いたします。""",
        headers=(("Auto-Submitted", "auto-generated"),),
    ),
    Letter(
        "system",
        RAKUTEN,
        Person("RMS サポート", "rms-news@rakuten.mall.example"),
        12 * HOUR,
        "【RMS】システムメンテナンスのお知らせ(%曜+4% 2:00〜6:00)",
        html="""<html><body style="font-family:sans-serif"><table width="600"><tr><td bgcolor="#bf0000">
<font color="#ffffff"><b>RMS お知らせ</b></font></td></tr><tr><td>
<p>店舗様各位</p><p>下記の日程でシステムメンテナンスを実施いたします。</p>
<table border="1"><tr><th>日時</th><td>%曜+4% 2:00〜6:00</td></tr>
<tr><th>対象</th><td>受注管理、在庫更新、CSV ダウンロード</td></tr></table>
<p>メンテナンス中の受注は終了後に反映されます。</p></td></tr></table></body></html>""",
        headers=_AUTO,
    ),
    Letter(
        "payout",
        YAHOO,
        _STORE,
        1 * DAY + 20,
        "【Yahoo!ショッピング】お支払い金額確定のお知らせ",
        """ストア運営ご担当者様

今期のお支払い金額が確定しました。

 売上金額:1,284,300円
 手数料 : 102,744円
 お支払額:1,181,556円

明細はストアクリエイターの「精算」でご確認ください。""",
        headers=_AUTO,
    ),
    Letter(
        "review",
        RAKUTEN,
        Person("みんなのレビュー", "review@rakuten.mall.example"),
        1 * DAY + 250,
        "新しいレビューが投稿されました(★★★★☆)",
        """商品:真鍮のカードスタンド 5個セット
評価:4
タイトル:思ったより小さめですが

結婚式の席札に使いました。思っていたより小さかったですが、質感がとても良いです。

レビューへの返信は RMS から行ってください。""",
        headers=_AUTO,
    ),
    Letter(
        "list",
        OWN,
        Person("ネットショップ運営者の会", "owner@netshop-circle.example"),
        1 * DAY + 600,
        "[netshop:0841] 年末の配送料値上げ、皆さんどうされますか",
        """会員の皆様

木工房はぐるまの原です。
来月からの運賃改定について、送料を据え置くかどうか悩んでいます。
皆さんのお店ではどうされる予定ですか?

原@木工房はぐるま
--
ネットショップ運営者の会 メーリングリスト
退会: https://netshop-circle.example/leave""",
        headers=(
            ("List-Id", "netshop <netshop.netshop-circle.example>"),
            ("List-Post", "<mailto:netshop@netshop-circle.example>"),
            ("List-Unsubscribe", "<https://netshop-circle.example/leave>"),
            ("Precedence", "list"),
        ),
        charset="iso-2022-jp",
        encoding="7bit",
    ),
    Letter(
        "seo",
        OWN,
        Person("集客のプロ 営業部", "sales@seo-no1.example"),
        16 * HOUR,
        "【貴社サイトを検索1位に】成果報酬・初期費用0円のご提案",
        """代表者様

突然のご連絡失礼いたします。
貴社のホームページを拝見し、非常にもったいないと感じました。

弊社の特許技術で【3か月以内に検索1位】を実現します!
今なら先着5社様限定、初期費用が【0円】!!

▼詳しくはこちら
https://seo-no1.example/lp?id=88213

配信停止は件名に「停止」と記載してご返信ください。""",
    ),
    Letter(
        "phishing",
        YAHOO,
        Person("カスタマーセンター", "security@yahoo-mall-support.example"),
        1 * DAY + 700,
        "【緊急】あなたのアカウントは制限されました",
        html="""<p>お客樣</p><p>異常なログインが検出されたため、あなたのアカウントは一時的に制限されています。</p>
<p>24時間以内に本人確認をしないと、永久に停止します。</p>
<p><a href="https://login.phish.example/verify?x=1">https://login.yahoo.mall.example/</a></p>""",
    ),
    Letter(
        "supplier",
        OWN,
        Person("森のかぐ工房 受注係", "order@mori-kagu.example"),
        2 * DAY + 200,
        "年末年始休業のお知らせ",
        """お取引先様各位

平素は格別のお引き立てを賜り、厚く御礼申し上げます。
弊社では下記のとおり年末年始の休業をいただきます。

 休業期間:12月28日〜1月5日
 年内最終出荷:12月24日正午受注分まで

森のかぐ工房""",
        headers=(("Precedence", "bulk"),),
    ),
)
