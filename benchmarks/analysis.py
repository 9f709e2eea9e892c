#!/usr/bin/env python3
"""Measures how far archive/analysis.py and its Elasticsearch analyzers agree, on a server of yours.

    python benchmarks/analysis.py [--url http://127.0.0.1:9200] [--words 4000] [--show 12] [--only words]

words: a language's most frequent words (wordfreq's; where it has no list, words from the names of countries,
languages and currencies in CLDR). `terms`: share of words with the same term on both sides; `classes`: share
of words that have their term in common with the same other words of the list, which is what a search notices.
texts: the articles of the sample web and the sentences below. Share of texts with the same terms, in order.

Queries are compared (`query_terms` and the analyzers text_RULE_search): index terms of Chinese, Japanese and
Korean differ by design. A throw-away index is made and deleted again.
"""

import argparse
import difflib
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import yaml
from babel import Locale
from elasticsearch import Elasticsearch
from wordfreq import available_languages, top_n_list

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.analysis import FOLDED, LANGUAGES, query_terms, rule_of  # noqa: E402
from archive.elastic.analyzers import analysis, text_analyzer  # noqa: E402

Terms = list[str]
Analyze = Callable[[str, str], list[tuple[int, str]]]
"""Text, rule -> the terms that Elasticsearch makes of it, each with its offset."""

SAME_RULE = {"bs", "cnr", "hr", "sh", "nn", "no"}
"""Codes that share rule and words with `sr` (wordfreq's `sh`) or `nb`."""

CHUNK = 500
"""Words a request."""

SENTENCES = {
    "ar": "أطلقت كوريا الشمالية صاروخين باليستيين قصيري المدى باتجاه البحر، وفق الجيش.",
    "be": "Паўночная Карэя запусціла дзве ракеты ў бок мора, паведамілі ў аб'яднаным штабе.",
    "bg": "Северна Корея изстреля две ракети към морето, съобщиха военните в Сеул.",
    "ca": "Corea del Nord va llançar dos míssils balístics cap al mar, segons l'exèrcit de l’estat veí.",
    "cs": "Severní Korea odpálila dvě balistické rakety do moře, oznámila jihokorejská armáda.",
    "da": "Nordkorea affyrede to ballistiske missiler mod havet, oplyste Sydkoreas militær.",
    "de": "Nordkorea hat zwei ballistische Raketen ins Meer abgefeuert, hieß es in Söuls Straßen.",
    "el": "Η Βόρεια Κορέα εκτόξευσε δύο βαλλιστικούς πυραύλους, ανακοίνωσαν οι ένοπλες δυνάμεις.",
    "en": "North Korea fired two short-range missiles; Seoul's military says they didn't fly 1,000 km.",
    "eo": "Nord-Koreio pafis du balistikajn misilojn al la maro, diris la ĉefkomando ĵaŭde.",
    "es": "Corea del Norte disparó dos misiles balísticos hacia el mar, según el ejército del país vecino.",
    "et": "Põhja-Korea tulistas merre kaks ballistilist raketti, teatasid Lõuna-Korea relvajõud.",
    "eu": "Ipar Koreak bi misil balistiko jaurti ditu itsasora, Hego Koreako armadak jakinarazi duenez.",
    "fa": "کره شمالی دو موشک بالستیک شلیک کرد؛ موشک‌های تازه و کشتي‌هايي كه می‌آمدند، ۳٫۵ ساعت بعد دیده شدند.",
    "fi": "Pohjois-Korea laukaisi kaksi ballistista ohjusta merelle, kertoivat Etelä-Korean asevoimat.",
    "fr": "La Corée du Nord a tiré deux missiles l’an dernier; l'armée d'État parle d'1,5 million d'obus.",
    "ga": "Scaoil an Chóiré Thuaidh dhá dhiúracán i dtreo na farraige, d'fhógair arm na Cóiré Theas.",
    "he": "צפון קוריאה שיגרה שני טילים בליסטיים לעבר הים, הודיע צה״ל; רמטכ\"ל דרום קוריאה אישר וג'ורג' שתק.",
    "hi": "उत्तर कोरिया ने समुद्र की ओर दो बैलिस्टिक मिसाइलें दागीं, दक्षिण कोरिया की सेना ने बताया।",
    "hu": "Észak-Korea két ballisztikus rakétát lőtt ki a tenger felé – közölte a dél-koreai hadsereg.",
    "hy": "Հյուսիսային Կորեան երկու հրթիռ է արձակել դեպի ծով, հայտնել են զինված ուժերը։",
    "id": "Korea Utara menembakkan dua rudal balistik ke arah laut, kata militer Korea Selatan, Jum'at.",
    "is": "Norður-Kórea skaut tveimur eldflaugum út á haf, að sögn suðurkóreska hersins.",
    "it": "La Corea del Nord ha lanciato due missili l'11 ottobre; l'esercito dell’Unione parla d'un test.",
    "ja": "北朝鮮は日本海に向けて弾道ミサイル２発を発射した。iPhoneの速報で、ﾐｻｲﾙは約１，０００キロ飛んだ。",
    "ko": "북한이 동해로 단거리 탄도미사일 2발을 발사했다고 군이 밝혔다. KBS뉴스는 iPhone으로 전했다.",
    "lt": "Šiaurės Korėja paleido dvi balistines raketas į jūrą, pranešė Pietų Korėjos kariuomenė.",
    "lv": "Ziemeļkoreja palaida divas ballistiskās raķetes jūras virzienā, paziņoja armija.",
    "mk": "Северна Кореја испука две балистички ракети кон морето, соопшти војската.",
    "nb": "Nord-Korea skjøt opp to ballistiske raketter mot havet, opplyste Sør-Koreas militære.",
    "ne": "उत्तर कोरियाले समुद्रतर्फ दुईवटा ब्यालिस्टिक क्षेप्यास्त्र प्रहार गरेको सेनाले बतायो।",
    "nl": "Noord-Korea vuurde twee raketten af richting zee, meldde het leger; foto's volgden 's avonds.",
    "pl": "Korea Północna wystrzeliła dwie rakiety balistyczne w kierunku morza, podała armia w Łodzi.",
    "pt": "A Coreia do Norte disparou dois mísseis balísticos em direção ao mar, disse o exército.",
    "ro": "Coreea de Nord a lansat două rachete balistice spre mare; soldaţii și-au văzut țara.",
    "ru": "Северная Корея запустила две баллистические ракеты в сторону моря, сообщили её соседи.",
    "sk": "Severná Kórea odpálila dve balistické rakety do mora, oznámila juhokórejská armáda.",
    "sl": "Severna Koreja je izstrelila dve balistični raketi proti morju, je sporočila vojska.",
    "sr": "Северна Кореја је испалила две ракете. Južna Koreja je saopštila da su njihove rakete oborene.",
    "sv": "Nordkorea sköt upp två ballistiska robotar mot havet; huset i S:t Mikael stod kvar.",
    "ta": "வட கொரியா கடலை நோக்கி இரண்டு ஏவுகணைகளை ஏவியதாக தென் கொரிய ராணுவம் தெரிவித்தது.",
    "th": "เกาหลีเหนือยิงขีปนาวุธสองลูกลงทะเล กองทัพเกาหลีใต้แถลงเมื่อ 3 ตุลาคม ผ่าน iPhone",
    "tr": "Kuzey Kore, İstanbul'da konuşulan iki füzeyi 2022'de fırlattı; Türkiye’nin ısrarı ışık tuttu.",
    "uk": "Північна Корея запустила п'ять ракет у бік моря, їхні сусіди п’ятий день рахують втрати.",
    "vi": "Triều Tiên phóng hai tên lửa đạn đạo ra biển, quân đội Hàn Quốc cho biết hôm thứ Năm.",
    "yi": "צפֿון־קאָרעע האָט אויסגעשאָסן צוויי ראַקעטן אין ים, האָט געזאָגט די אַרמיי.",
    "zh": "朝鲜向日本海方向发射了两枚弹道导弹，韩国联合参谋本部称其飞行约1,000公里，ＮＨＫ作了报道。核",
}
"""A sentence of our own in each language."""

HARD_CASES = """
U.S. 3.14 1,000.5 12:30 a:b user_name _x_ __ S:t me@x.example https://news.example/a_b?c=d C++ C# AT&T F-16
rock'n'roll O'Brien 5'10 l'11 1990's 2022'de '90s dogs' don’t ʼn foo‘s ＇x＇
Do\u00adnau\u00addampf\u00adschiff\u00adfahrt Rake\u200dten a\u200bb mid\u2060dle
\u200eleft\u200f \u2066iso\u2069 \ufefffirst
ﬁnal Ⅷ 2½ m² CO₂ №5 ＡＢＣ ㎞ ℃ ǅ ß ẞ İI ıi Σίσυφος ΣΊΣΥΦΟΣ cafe\u0301 naïve Å Å Ω ſ Æ Đ Ŋ đ
צה"ל צה״ל ג׳ורג׳ שָׁלוֹם
مُحَمَّد كتابــــ ۀ ٣٫٥
３．５ 1⁄2 հայ։ե α·β l·l paral·lel
🚀🚀 🇰🇵🇺🇸 👍🏽 👩‍🚀 ❤️ ❤ ☎ © ™ ① ⚽ x🚀y →
1️⃣ #️⃣
日本語 第３回 核 ガラス ｶﾞﾗｽ カ゚ ー々 〆 〇 한국어를東京
iPhone을 3발
กำ ภาษาไทย ພາສາລາວ ភាសាខ្មែរ မြန်မာ
"""
"""Words that tokenizers are known to read differently, one text a line, in a language without endings."""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:9200", help="the server (default: %(default)s)")
    parser.add_argument("--words", type=int, default=4000, help="words a language (default: %(default)s)")
    parser.add_argument("--show", type=int, default=6, help="differences shown a line (default: %(default)s)")
    parser.add_argument("--only", choices=("words", "texts"))
    options = parser.parse_args()
    index = f"analysis-{uuid.uuid4().hex[:12]}"
    with Elasticsearch(options.url, request_timeout=60) as client:
        client.indices.create(index=index, settings={"analysis": analysis(), "number_of_replicas": 0})
        analyze = partial(elastic_terms, client, index)
        try:
            if options.only != "texts":
                compare_words(analyze, options.words, options.show)
            if options.only != "words":
                compare_texts(analyze, options.show)
        finally:
            client.indices.delete(index=index)


def elastic_terms(client: Elasticsearch, index: str, text: str, rule: str) -> list[tuple[int, str]]:
    """What the server makes of a query: offset (UTF-16 units) and term."""
    answer = client.indices.analyze(index=index, analyzer=f"{text_analyzer(rule)}_search", text=text)
    return [(token["start_offset"], token["token"]) for token in answer["tokens"]]


def our_terms(text: str, rule: str) -> Terms:
    """What the embedded archive makes of a query."""
    return [term.term for term in query_terms(text, rule)]


def compare_words(analyze: Analyze, number: int, show: int) -> None:
    """Print a line for each language, its own rule and the folded form."""
    print(f"{'language':9} {'rule':13} {'words':>6} {'terms':>7} {'classes':>7} {'folded':>7}  differences")
    plain = set(available_languages("best")) - set(LANGUAGES)
    for language in sorted((set(LANGUAGES) | plain) - SAME_RULE):
        words, rule = frequent_words(language, number), rule_of(language)
        ours = [" ".join(our_terms(word, rule)) for word in words]
        theirs = elastic_words(analyze, words, rule)
        terms = share(zip(ours, theirs, strict=True))
        classes = share(zip(classes_of(words, ours), classes_of(words, theirs), strict=True))
        folded = [" ".join(our_terms(word, FOLDED)) for word in words]
        same = (terms, classes, share(zip(folded, elastic_words(analyze, words, FOLDED), strict=True)))
        print(f"{language:9} {rule:13} {len(words):6}", *(f"{part:7.4f}" for part in same), end="")
        print(" ", *list(differences(words, ours, theirs))[:show], flush=True)


def frequent_words(language: str, number: int) -> Terms:
    """The most frequent words with something to search for in them."""
    code = "sh" if language == "sr" else language
    if code in available_languages("best"):
        words = top_n_list(code, number)
    else:
        locale = Locale.parse(code)
        names = (*locale.territories.values(), *locale.languages.values(), *locale.currencies.values())
        words = list(dict.fromkeys(word for name in names for word in name.split()))[:number]
    return [word for word in words if our_terms(word, FOLDED)]


def elastic_words(analyze: Analyze, words: Terms, rule: str) -> Terms:
    """The server's terms for each word, with blanks between."""
    found = []
    for at in range(0, len(words), CHUNK):
        chunk = words[at : at + CHUNK]
        of_word: dict[int, Terms] = {number: [] for number in range(len(chunk))}
        number_at = [
            number for number, word in enumerate(chunk) for _ in f"{word}\n".encode("utf-16-le")[::2]
        ]
        for offset, term in analyze("\n".join(chunk), rule):
            of_word[number_at[offset]].append(term)
        found += [" ".join(terms) for terms in of_word.values()]
    return found


def classes_of(words: Terms, terms: Terms) -> list[frozenset[str]]:
    """For each word the words that have its term."""
    members = defaultdict(set)
    for word, term in zip(words, terms, strict=True):
        members[term].add(word)
    frozen = {term: frozenset(found) for term, found in members.items()}
    return [frozen[term] for term in terms]


def share(pairs: Iterable[tuple[object, object]]) -> float:
    """The share of pairs that are equal."""
    same = [one == other for one, other in pairs]
    return sum(same) / len(same)


def differences(words: Terms, ours: Terms, theirs: Terms) -> Iterator[str]:
    """word:ours/theirs where they differ."""
    for word, one, other in zip(words, ours, theirs, strict=True):
        if one != other:
            yield f"{word}:{one or '-'}/{other or '-'}"


def compare_texts(analyze: Analyze, show: int) -> None:
    """Print a line for each kind of texts and language, with what differs."""
    columns = ("texts", "language", "rule", "number", "terms", "same", "folded", "differences")
    print("\n{:9} {:8} {:13} {:>6} {:>8} {:>6} {:>6}  {}".format(*columns))
    texts = sample_web()
    for language, sentence in SENTENCES.items():
        texts["own", language] = [sentence]
    texts["hard", "und"] = HARD_CASES.strip().split("\n")
    for (kind, language), bodies in texts.items():
        rule = rule_of(language)
        stems = [(our_terms(text, rule), elastic_text(analyze, text, rule)) for text in bodies]
        folded = [(our_terms(text, FOLDED), elastic_text(analyze, text, FOLDED)) for text in bodies]
        count = sum(len(ours) for ours, _ in stems)
        print(f"{kind:9} {language:8} {rule:13} {len(bodies):6} {count:8}", end=" ")
        print(f"{share(stems):6.3f} {share(folded):6.3f} ", end="")
        found = [part for pair in (*stems, *folded) for part in changes(*pair)]
        print("", *list(dict.fromkeys(found))[: None if kind == "hard" else show], flush=True)


def sample_web() -> dict[tuple[str, str], Terms]:
    """The sample web's articles by language."""
    texts: dict[tuple[str, str], Terms] = {}
    for path in sorted((ROOT / "seeds/sample-web/outlets").glob("*.yml")):
        outlet = yaml.safe_load(path.read_text("utf-8"))
        for article in outlet["articles"]:
            language = article.get("language", outlet["language"])
            parts = (article.get(name, "") for name in ("headline", "description", "text"))
            texts.setdefault(("web", language), []).append("\n".join(parts))
    return texts


def elastic_text(analyze: Analyze, text: str, rule: str) -> Terms:
    """The server's terms of a text, in order."""
    return [term for _, term in analyze(text, rule)]


def changes(ours: Terms, theirs: Terms) -> Iterator[str]:
    """[ours/theirs] where two lists of terms differ."""
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag != "equal":
            yield f"[{' '.join(ours[start:end])}/{' '.join(theirs[other_start:other_end])}]"


if __name__ == "__main__":
    main()
