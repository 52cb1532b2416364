"""The texts over which tokenizers are compared: many scripts, emoji, code, white space, digits, control characters, and
seeded mixtures of all. tokenizer_goldens.py imports it."""
import itertools
import random
import unicodedata

SENTENCES = """The quick brown fox jumps over the lazy dog; it didn't stop, and they'll never know why we've gone.
Le cœur déçu mais l'âme plutôt naïve, Louÿs rêva de crapaüter en canoë au delà des îles.
Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. STRASSE, Straße, ẞ.
El pingüino Wenceslao hizo kilómetros bajo exhaustiva lluvia y frío; ¿añoraba a su querido cachorro? ¡Sí!
Luís argüia à Júlia que «brações, fé, chá, óxido, pôr, zângão» eram palavras do português.
Quel vituperabile xenofobo zelante assaggia il whisky ed esclama: alleluja! Perché no?
Pchnąć w tę łódź jeża lub ośm skrzyń fig. Zażółć gęślą jaźń.
Příliš žluťoučký kůň úpěl ďábelské ódy. Nechť již hříšné saxofony ďáblů rozezvučí síň.
Árvíztűrő tükörfúrógép, egy hűtlen vejét fülöncsípő, dühös mexikói úr.
Pijamalı hasta yağız şoföre çabucak güvendi. İstanbul'da IĞDIR ılık.
Съешь же ещё этих мягких французских булок, да выпей чаю. Щётка ёлка объём.
Жебракують філософи при ґанку церкви в Гадячі, ще й шатро їхнє п'яне знаємо.
Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. Ταχίστη αλώπηξ βαφής ψημένη γη, δρασκελίζει υπέρ νωθρού κυνός.
דג סקרן שט בים מאוכזב ולפתע מצא לו חברה. שָׁלוֹם עֲלֵיכֶם
نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق. السَّلامُ عَلَيْكُم
یک متن فارسی با نیم‌فاصله: می‌خواهم کتاب‌ها را بخوانم. اردو: یہ ایک مثال ہے۔
ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले विष्णुवतार भगवान श्रीराम।
আমি বাংলায় গান গাই, আমি বাংলার গান গাই। তোমার নাম কী?
யாமறிந்த மொழிகளிலே தமிழ்மொழி போல் இனிதாவது எங்கும் காணோம்.
తెలుగు భాష చాలా అందమైనది. ಕನ್ನಡ ಭಾಷೆ. മലയാളം ഭാഷ. ગુજરાતી ભાષા. ਪੰਜਾਬੀ ਭਾਸ਼ਾ.
เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน
ພາສາລາວ ອ່ານງ່າຍ. ភាសាខ្មែរ មានអក្សរច្រើន។ မြန်မာဘာသာစကား
ქართული ენა: ჩემი სახელია გიორგი. Հայերեն լեզու՝ բարև ձեզ։
我能吞下玻璃而不伤身体。今天天气很好，我们去公园玩吧！繁體中文：臺灣、香港。
いろはにほへと ちりぬるを わかよたれそ つねならむ。カタカナとひらがな、漢字も。ｶﾀｶﾅ ﾊﾝｶｸ
키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다. 한글 한글
Tôi có thể ăn thủy tinh mà không hại gì. Nguyễn Văn Ánh đã đến Đà Nẵng.
ᐊᐃᓐᓇᖓᓂᒃ ᐃᓄᒃᑎᑐᑦ. አማርኛ ቋንቋ ነው። ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ. ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ
བོད་སྐད་ཡིན། සිංහල භාෂාව. Ƴaƴa Hausa ɓarna ɗan. Yorùbá: ẹ káàárọ̀ o.
𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒎𝒂𝒕𝒉 𝟙𝟚𝟛 𝕬𝖇𝖈 𐌰𐌱𐌲 𐐀𐐨 𒀀𒀁 𠜎𠜱𠝹 ⅷ Ⅻ ① ⑳ ½ ¾ ² ³ ⁹
The café's naïve résumé cost €1,234.56 (≈$1,300) on 2024-02-29 at 07:05:09 UTC+05:30.
WE'LL SAY IT'S FINE; I'M SURE YOU'VE HE'D THEY'RE can't Won'T 'tis 'Twas rock'n'roll 's 'ſ ’s ’re
e = mc^2; ∑_{i=0}^{∞} x_i ≤ ∫ f(t) dt ≠ √2 ± ∂²/∂x² → ∀ε>0 ∃δ: |x−a|<δ ⇒ …
Email me@example.org or see https://example.org/a/b?c=d&e=%20f#g — #hash @user $HOME ~/.bashrc C:\\Temp\\x.txt
"quoted" 'single' «guillemets» „low“ ‹x› (paren) [bracket] {brace} <tag attr="v"/> a/b\\c|d ... --- *** ___ !!! ???""".split("\n")

CODE = [
    "def fib(n):\n    a, b = 0, 1\n    while a < n:\n        print(a, end=' ')\n        a, b = b, a+b\n    return a\n",
    "public static void main(String[] args) {\n\tfor (int i = 0; i < 10; i++) {\n\t\tSystem.out.println(\"i=\" + i);\n\t}\n}\n",
    "#include <stdio.h>\r\nint main(void) {\r\n  printf(\"%d\\n\", 0x1F + 077 - 1e-9);\r\n  return 0;\r\n}\r\n",
    "SELECT * FROM users WHERE name = 'O''Brien' AND age >= 18 ORDER BY id DESC LIMIT 100;",
    "{\"key\": [1, 2.5, -3e10, true, null], \"nested\": {\"a\": \"\\u00e9\\n\"}}",
    "<html>\n  <body class=\"x\">\n    <p>Hello&nbsp;<b>world</b></p>\n  </body>\n</html>\n",
    "fn main() -> Result<(), Box<dyn Error>> { let x: Vec<u8> = vec![0; 16]; Ok(()) }",
    "const f = async (x) => await fetch(`${url}/api?x=${x}`); // comment\n/* block */ let y = x?.z ?? 42;",
    "$ sudo apt-get install -y build-essential && make -j$(nproc) 2>&1 | tee build.log\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n## Heading\n\n- item\n  - nested\n\n```python\nx=1\n```\n",
]

EMOJI = ["😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇫🇷", "❤️", "❤", "1️⃣", "🧑🏿‍💻", "🤷‍♀️", "☺", "🦄🔥💯", "©®™", "🫠", "♠♣", "⌚️", "🎉🎉🎉🎉"]

SPACES = [" ", "  ", "   ", "    ", "\t", "\t\t", "\n", "\n\n", "\n\n\n", "\r\n", "\r", " \n", "\n ", "\u00a0", "\u3000", "\u2003",
          "\u2028", "\u2029", "\u0085", "\u200b", "\u200d", "\ufeff", "\u180e", "\x0b", "\x0c", "\u1680", "\x1c", "\u202f"]

NAMES = ["<|im_end|>", "<|im_start|>", "<|endoftext|>", "<s>", "</s>", "<unk>", "<0x41>", "<0x0A>", "▁", "▁▁hello", "<tool_call>", "<|eot_id|>",
         "<start_of_turn>", "[INST]", "Ġ", "ĠĊ", "<think>", "<|im_end", "|im_end|>", "<|im_<|im_end|>"]

DIGITS = ["0", "7", "42", "007", "2024", "12345", "1234567890", "3.14159", "1,000,000", "1e10", "0xDEADBEEF", " 7", "  7", "\n\n7", "7\n", "v1.2.3",
          "٣٤", "०१२३", "½ ² ٣٤", "Ⅷ", "一二三", "x2y", "2x", "10²", "①②", "𝟘𝟙𝟚", "12 34  56   78", "a1b22c333d4444e55555"]


def alphabet(rng, count):
    """Characters of all assigned categories, those of small scripts as likely as those of large ones."""
    by_category = {}
    for code in itertools.chain(range(0x3000), range(0xA000, 0xAC00), range(0xF900, 0x11000), range(0x1D400, 0x1D500), range(0x1F300, 0x1F700)):
        category = unicodedata.category(chr(code))
        if category not in ("Cs", "Cn", "Co"):
            by_category.setdefault(category, []).append(chr(code))
    return [rng.choice(by_category[category]) for category in sorted(by_category) for _ in range(count)]


def strings():
    rng = random.Random(20260801)
    out = [""] + SENTENCES + CODE + EMOJI + SPACES + NAMES + DIGITS
    out += [chr(c) for c in range(0x100)] + ["a" + chr(c) + "b" for c in itertools.chain(range(0x21), range(0x7F, 0xA1))]
    out += ["x" + a + b + "y" for a, b in itertools.product(SPACES[:16:2], SPACES[1:16:2])]
    out += [s + "word" for s in SPACES] + ["word" + s for s in SPACES]
    out += [unicodedata.normalize(form, s) for form in ("NFD", "NFKC") for s in SENTENCES]
    out += [s.upper() for s in SENTENCES[:15]] + [s.replace(" ", "  ") for s in SENTENCES[:15]]
    chars = alphabet(rng, 60)
    pools = [SENTENCES, CODE, EMOJI, SPACES, NAMES, DIGITS, chars, chars]
    for _ in range(500):
        parts = []
        for _ in range(rng.randint(1, 8)):
            part = rng.choice(rng.choice(pools))
            if len(part) > 12:
                start = rng.randrange(len(part) - 8)
                part = part[start:start + rng.randint(1, 12)]
            parts.append(part)
        out.append("".join(parts))
    out += ["".join(rng.choice(chars) for _ in range(rng.randint(1, 6))) for _ in range(250)]
    out += ["a" * 300, " " * 200, "ab" * 100, "\n" * 50, "é" * 60, "漢" * 40, "!?" * 60, "9" * 100]
    return list(dict.fromkeys(out))
