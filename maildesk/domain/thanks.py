"""Whether a mail only says thank you.

What is taken for that leaves a conversation done, where nobody looks: a request in it would be lost, while a thank you
too many costs a keystroke. So every sentence has to be one of thanks, one of courtesy, or too short to say anything
else; and nothing in it may ask, deny, object or name what customers complain of.
"""

from __future__ import annotations

import re
import unicodedata

SHORT = 200
"""Characters of a mail that can be a mere thank you: a longer one says something else, too."""
_NAME = 15
"""Characters of a sentence that can be a name, or that it has arrived."""

_COURTESY = re.compile(
    r"(?:いつも|大変)?お世話になって(?:い|おり)ます|お世話に(?:なりました|なります)"
    r"|(?:今後とも|また|引き続き|どうぞ|何卒|また機会がありましたら)*(?:宜|よろ)しく(?:お願い|御願い)(?:いた|致|申し上げ)?(?:します|ます)"
    r"|(?:了解|承知)(?:し|いたし|致し)ました"
)
_SENTENCES = re.compile(r"[。!！.\n]+")
_SAYS_MORE = re.compile(
    r"[?？]|くださ|下さ|いただけ|いただき?たい|頂け|頂き?たい|もらえ|貰え|欲し|ほしい|たいの|たいです|たいと|お願い|願い|希望"
    r"|ません|ない|なか[っつ]|なく|ず[、に]|ですが|ますが|ましたが|けど|けれど|しかし|ただし?[、,]|でも[、,]|ところで|ところが|なお|また[、,]"
    r"|まだ|いつ|どう[しやなす]|なぜ|何故|どこ|ますか|ですか|でしょうか|ましたか|教え|確認|連絡|返事|返信"
    r"|キャンセル|取り?消|中止|交換|返品|返金|返送|修理|変更|追加|再送|領収|請求|不|違|壊|割れ|破|傷|汚|欠|足り|間違|困|問題|遅|別の|もう一"
    r"|\b(?:but|however|though|although|please|pls|not|no|never|cannot|want|need|would like|still|yet|another|also"
    r"|broken|wrong|missing|damaged|defect\w*|late|refund|return|exchange|replace\w*|cancel\w*|invoice|receipt|change"
    r"|when|where|how|why|what|which|can|could|would|should|will you|do you|is it|are you|question)\b|n't\b|n’t\b",
    re.IGNORECASE,
)


def only_thanks(pattern: str, words: str) -> bool:
    """Whether ``words``, what somebody wrote himself without what it quotes, only say thank you. ``pattern`` is what
    the shop takes for thanks (case is ignored)."""
    plain = unicodedata.normalize("NFKC", words[:1000]).strip()
    if len(" ".join(plain.split())) > SHORT:
        return False
    said = _COURTESY.sub("\n", plain)
    if _SAYS_MORE.search(said) or not re.search(pattern, " ".join(plain.split()), re.IGNORECASE):
        return False
    sentences = [" ".join(one.split()) for one in _SENTENCES.split(said)]
    return all(len(one) <= _NAME or re.search(pattern, one, re.IGNORECASE) for one in sentences)
