//! Credits: agency names, places and authors at the head and the tail of a story.
//!
//! Outlets that print the same agency copy differ most in its first and last words: the place and
//! the agency at the head, the agency in brackets at the tail. They stay body, and are left out of
//! the text that stories are compared by.

use super::{PageText, SegmentKind, Segments};
use crate::fold::Token;
use crate::types::ByteSpan;

/// Most words of a credit at the head.
const HEAD_WORDS: usize = 9;
/// Most words of one that names a date between the place and the agency.
const DATED_WORDS: usize = 18;
/// Most words of a credit on a line of its own.
const LINE_WORDS: usize = 7;
/// Most words of an agency's name.
const AGENCY_WORDS: usize = 3;
/// Most words of a credit at the tail.
const TAIL_WORDS: usize = 4;

/// News agencies, and what stands in their place, as folded words without spaces, sorted.
const AGENCIES: [&str; 62] = [
    "cnn",
    "اب",
    "اسوشيتدبرس",
    "اسوشييتدبرس",
    "اشا",
    "افب",
    "الاسوشيتدبرس",
    "الاسيوشيتدبرس",
    "الالمانيه",
    "الاناضول",
    "الصحافهالفرنسيه",
    "العربيهنت",
    "الفرنسيه",
    "الوكالات",
    "انترفاكس",
    "ايتارتاس",
    "ايرنا",
    "بترا",
    "بلومبرج",
    "بلومبرغ",
    "بلومبيرج",
    "بلومبيرغ",
    "بنا",
    "تاس",
    "تسنيم",
    "دبا",
    "دبالالمانيه",
    "رويتر",
    "رويترز",
    "ريانوفوستي",
    "سانا",
    "سبا",
    "سبوتنيك",
    "سكاينيوز",
    "شينخوا",
    "فارس",
    "فرانسبرس",
    "قنا",
    "كونا",
    "كيودو",
    "متابعات",
    "متابعه",
    "معا",
    "مهر",
    "نوفوستي",
    "وات",
    "واج",
    "واس",
    "وام",
    "وفا",
    "وكالات",
    "وكالاتالانباء",
    "وكالهالاناضول",
    "وكالهالانباءالسعوديه",
    "وكالهالانباءالفرنسيه",
    "وكالهالصحافهالفرنسيه",
    "وكالهرويترز",
    "وكالهفرانسبرس",
    "ومع",
    "يوبياي",
    "يونايتدبرس",
    "يونهاب",
];

/// Bits for the first two letters of each agency's name, and for its first four.
static BEGINNINGS: [[u64; 16]; 2] = {
    let mut bits = [[0; 16]; 2];
    let mut at = 0;
    while at < AGENCIES.len() {
        let letters = beginning(AGENCIES[at].as_bytes());
        let mut n = 0;
        while n < 2 {
            bits[n][letters[n] / 64] |= 1 << (letters[n] % 64);
            n += 1;
        }
        at += 1;
    }
    bits
};

/// Numbers below 1024 that stand for the first two and the first four letters of a word; 0 if it has
/// fewer.
const fn beginning(word: &[u8]) -> [usize; 2] {
    const fn two(first: u8, second: u8) -> usize {
        ((first as usize & 63) << 4) ^ (second as usize & 63)
    }
    match word {
        [_, a, _, b, _, c, _, d, ..] => [two(*a, *b), two(*a, *b) ^ two(*d, *c)],
        [_, a, _, b, ..] => [two(*a, *b), 0],
        _ => [0, 0],
    }
}

/// Whether an agency's name may begin with this word: what most words are not is seen at once.
fn may_begin(word: &str) -> bool {
    let holds = |bits: &[u64; 16], bit: usize| bit == 0 || bits[bit / 64] >> (bit % 64) & 1 != 0;
    let [two, four] = beginning(word.as_bytes());
    holds(&BEGINNINGS[0], two) && holds(&BEGINNINGS[1], four)
}

/// Whether a word, or the words of a name written together, in standard folding, name an agency.
pub(crate) fn is_agency(word: &str) -> bool {
    may_begin(word) && AGENCIES.binary_search(&word).is_ok()
}

/// What stands between two words: a set of the signs below.
#[derive(Clone, Copy, Debug, Default)]
struct Signs(u8);

impl Signs {
    const COLON: Self = Self(1);
    const DASH: Self = Self(2);
    /// Slash or plus.
    const SLASH: Self = Self(4);
    /// An opening bracket or quote.
    const OPENS: Self = Self(8);
    /// A closing one.
    const CLOSES: Self = Self(16);
    const LINE: Self = Self(32);
    const STOP: Self = Self(64);

    /// The signs in these bytes of a text.
    fn between(text: &str, from: usize, to: usize) -> Self {
        if to == from + 1 && text.as_bytes().get(from) == Some(&b' ') {
            return Self::default();
        }
        let signs = text.get(from..to).unwrap_or("").chars().map(|c| match c {
            ':' | '：' => Self::COLON.0,
            '-' | '–' | '—' | 'ـ' | '−' => Self::DASH.0,
            '/' | '\\' | '+' => Self::SLASH.0,
            '(' | '«' | '“' | '[' => Self::OPENS.0,
            ')' | '»' | '”' | ']' => Self::CLOSES.0,
            '"' => Self::OPENS.0 | Self::CLOSES.0,
            '\n' | '\r' => Self::LINE.0,
            '.' | '؟' | '!' => Self::STOP.0,
            _ => 0,
        });
        Self(signs.fold(0, |all, sign| all | sign))
    }

    /// Whether any of these signs is among them.
    fn any(self, of: &[Self]) -> bool {
        of.iter().any(|sign| self.0 & sign.0 != 0)
    }
}

/// A view of the words of one span.
struct Words<'a> {
    page: &'a PageText<'a>,
    tokens: &'a [Token],
    first: usize,
    span: ByteSpan,
}

impl<'a> Words<'a> {
    fn of(page: &'a PageText<'a>, span: ByteSpan) -> Self {
        let all = page.folded.tokens();
        let first = match all.first() {
            Some(t) if t.span.start < span.start => {
                all.partition_point(|t| t.span.start < span.start)
            }
            _ => 0,
        };
        let last = match all.last() {
            Some(t) if t.span.end > span.end => {
                first + all[first..].partition_point(|t| t.span.end <= span.end)
            }
            _ => all.len(),
        };
        Self { page, tokens: &all[first..last], first, span }
    }

    fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The signs after word `i`.
    fn after(&self, i: usize) -> Signs {
        let from = self.tokens[i].span.end as usize;
        let to = self.tokens.get(i + 1).map_or(self.span.end, |t| t.span.start) as usize;
        Signs::between(self.page.text, from, to)
    }

    /// The signs before word `i`.
    fn before(&self, i: usize) -> Signs {
        if let Some(before) = i.checked_sub(1) {
            return self.after(before);
        }
        let to = self.tokens[0].span.start as usize;
        Signs::between(self.page.text, self.span.start as usize, to)
    }

    /// Whether word `i` has digits only.
    fn is_number(&self, i: usize) -> bool {
        let token = &self.tokens[i];
        let word = &self.page.folded.text().as_bytes()[token.start as usize..token.end as usize];
        word.iter().all(u8::is_ascii_digit)
    }

    /// If an agency's name begins at word `i`, the number of its words.
    fn agency(&self, i: usize) -> Option<usize> {
        let word = |k: usize| self.page.folded.word(self.first + k);
        let first = word(i).strip_prefix('و').filter(|w| w.len() > 6 && is_agency(w));
        if first.is_some() {
            return Some(1);
        }
        if !may_begin(word(i)) {
            return None;
        }
        // Names of two or three letters are spelled letter by letter.
        let from = AGENCIES.partition_point(|a| *a < word(i));
        AGENCIES[from..]
            .iter()
            .take_while(|a| a.starts_with(word(i)))
            .find_map(|agency| {
                let mut rest = *agency;
                (i..self.len().min(i + AGENCY_WORDS)).position(|k| {
                    match rest.strip_prefix(word(k)) {
                        Some(left) => rest = left,
                        None => rest = "-",
                    }
                    rest.is_empty()
                })
            })
            .map(|n| n + 1)
    }

    /// Adds the names that these words, a credit, give: those of agencies; at the tail, where there
    /// is no agency, all of them.
    fn names(&self, head: bool, out: &mut Vec<ByteSpan>) {
        let before = out.len();
        let mut i = 0;
        while i < self.len() {
            let Some(words) = self.agency(i) else {
                i += 1;
                continue;
            };
            let last = self.tokens[(i + words).min(self.len()) - 1];
            out.push(ByteSpan::new(self.tokens[i].span.start, last.span.end));
            i += words;
        }
        if let (false, [first, .., last]) = (head || out.len() > before, self.tokens) {
            out.push(ByteSpan::new(first.span.start, last.span.end));
        }
    }

    /// The bytes of the first `n` words and the signs after them.
    fn head(&self, n: usize) -> ByteSpan {
        let end = self.tokens.get(n).map_or(self.span.end, |t| t.span.start);
        ByteSpan::new(self.span.start, end.max(self.span.start))
    }

    /// The credit at the head of a story.
    fn head_credit(&self) -> Option<ByteSpan> {
        let most = self.len().min(DATED_WORDS + 1);
        // Without a number there is no date, and then the agency stands among the first few words.
        let numbered = (1..most).any(|i| self.is_number(i));
        let most = if numbered { most } else { most.min(HEAD_WORDS) };
        let mut agency = None;
        let mut dated = false;
        let mut signs = [Signs::default(); DATED_WORDS + 1];
        let mut before = self.before(0);
        for (i, signs) in signs[..most].iter_mut().enumerate() {
            *signs = self.after(i);
            let (before, next) = (std::mem::replace(&mut before, *signs), *signs);
            let apart =
                i == 0 || before.any(&[Signs::DASH, Signs::SLASH, Signs::OPENS, Signs::COLON]);
            if let Some(n) = (apart || dated).then(|| self.agency(i)).flatten() {
                let after = self.after(i + n - 1);
                let closed = after.any(&[Signs::COLON])
                    || after.any(&[Signs::DASH])
                    || after.any(&[Signs::SLASH])
                    || after.any(&[Signs::LINE])
                    || after.any(&[Signs::CLOSES]);
                let near = apart && i < HEAD_WORDS && (closed || before.any(&[Signs::SLASH]));
                if near || (dated && closed) {
                    agency = Some((i, n));
                    break;
                }
            }
            if next.any(&[Signs::STOP]) {
                break;
            }
            dated |= i > 0 && self.is_number(i);
        }
        if let Some((i, n)) = agency {
            let mut end = i + n - 1;
            let after = self.after(end);
            if i == 0
                && after.any(&[Signs::DASH])
                && !after.any(&[Signs::COLON])
                && !after.any(&[Signs::CLOSES])
            {
                // The place follows: `agency- place:`.
                let places = end + 1..self.len().min(end + 4);
                end =
                    places.into_iter().find(|&k| self.after(k).any(&[Signs::COLON])).unwrap_or(end);
            }
            return (end + 1 < self.len()).then(|| self.head(end + 1));
        }
        self.place_and_author(&signs)
    }

    /// A line, or the words before a colon, set apart by dashes: `place – author`, `outlet- place:`.
    /// `signs` are those after the first words, up to a full stop.
    fn place_and_author(&self, signs: &[Signs]) -> Option<ByteSpan> {
        let mut dashes = 0;
        let mut quoted = false;
        for (i, after) in signs.iter().enumerate().take(self.len().min(LINE_WORDS)) {
            if after.any(&[Signs::STOP]) {
                return None;
            }
            let last = i + 1 == self.len();
            if !last
                && ((after.any(&[Signs::LINE]) && dashes > 0)
                    || (after.any(&[Signs::COLON]) && dashes > 0 && i < 6))
            {
                return Some(self.head(i + 1));
            }
            if !last && after.any(&[Signs::DASH]) && after.any(&[Signs::CLOSES]) && quoted {
                return Some(self.head(i + 1));
            }
            if after.any(&[Signs::LINE]) {
                return None;
            }
            dashes += usize::from(after.any(&[Signs::DASH]));
            quoted |= after.any(&[Signs::OPENS]);
        }
        None
    }

    /// The credit at the tail of a story: an agency in brackets or quotes, or on its own line.
    fn tail_credit(&self) -> Option<ByteSpan> {
        let n = self.len();
        for i in (n.saturating_sub(TAIL_WORDS)..n).rev() {
            let (before, after) = (self.before(i), self.after(n - 1));
            if i == 0 {
                return None;
            }
            if !before.any(&[Signs::OPENS]) && !before.any(&[Signs::LINE]) {
                continue;
            }
            let named = self.agency(i).is_some_and(|words| i + words == n);
            let bracketed = before.any(&[Signs::OPENS]) && after.any(&[Signs::CLOSES]);
            let paper = matches!(
                self.page.folded.word(self.first + i),
                "صحيفه" | "جريده" | "وكاله" | "موقع" | "المصدر"
            );
            let alone = before.any(&[Signs::LINE]) && !after.any(&[Signs::STOP]);
            if (named && (bracketed || alone)) || (paper && alone && n - i <= 3 && i > 8) {
                let start = self.tokens[i - 1].span.end;
                let gap = self.page.text.get(start as usize..self.tokens[i].span.start as usize)?;
                let keep = gap.find(['(', '«', '“', '[', '"', '\n']).unwrap_or(gap.len());
                return Some(ByteSpan::new(start + keep as u32, self.span.end));
            }
        }
        None
    }
}

/// Whether a line of words `first..last` looks like a credit on a line of its own.
pub(crate) fn is_credit_line(page: &PageText<'_>, first: u32, last: u32) -> bool {
    let tokens = &page.folded.tokens()[first as usize..last as usize];
    let dashed = |w: &[Token]| {
        let between = Signs::between(page.text, w[0].span.end as usize, w[1].span.start as usize);
        between.any(&[Signs::DASH])
    };
    tokens.len() <= LINE_WORDS && tokens.windows(2).any(dashed)
}

/// Takes the bytes of `credit` away from the spans.
fn subtract(spans: &mut Vec<ByteSpan>, credit: ByteSpan) {
    let Some(at) = spans.iter().position(|s| s.start < credit.end && credit.start < s.end) else {
        return;
    };
    let s = spans[at];
    let left = (s.start < credit.start).then(|| ByteSpan::new(s.start, credit.start));
    let right = (credit.end < s.end).then(|| ByteSpan::new(credit.end, s.end));
    spans.splice(at..=at, left.into_iter().chain(right));
}

/// Finds the credits of the page's story and of second stories, and leaves them out of the text to
/// compare.
pub(crate) fn find(page: &PageText<'_>, out: &mut Segments) {
    let body = |s: &&super::Segment| s.kind == SegmentKind::Body;
    let first = out.segments.iter().find(body).map(|s| s.span);
    let last = out.segments.iter().rfind(body).map(|s| s.span);
    for (span, head) in [(first, true), (last, false)] {
        let Some(span) = span else { continue };
        let words = Words::of(page, span);
        let credit = match head {
            _ if words.len() == 0 => None,
            true => words.head_credit(),
            false => words.tail_credit(),
        };
        if let Some(credit) = credit.filter(|c| !c.is_empty()) {
            subtract(&mut out.story, credit);
            out.credits.push(credit);
            Words::of(page, credit).names(head, &mut out.credited);
        }
    }
    for embedded in &mut out.embedded {
        let ends = [embedded.parts.first().copied(), embedded.parts.last().copied()];
        for (span, head) in ends.into_iter().zip([true, false]) {
            let Some(span) = span else { continue };
            let words = Words::of(page, span);
            let credit = match head {
                _ if words.len() == 0 => None,
                true => words.head_credit(),
                false => words.tail_credit(),
            };
            if let Some(credit) = credit.filter(|c| !c.is_empty()) {
                subtract(&mut embedded.parts, credit);
                out.credits.push(credit);
            }
        }
    }
    out.credits.sort_unstable();
    out.credits.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};

    #[test]
    fn agencies_are_sorted() {
        assert!(AGENCIES.is_sorted());
    }

    fn credit(text: &str, head: bool) -> Option<String> {
        let folded = Folder::new(Profile::Standard).fold(text);
        let page = PageText { title: &[], text, folded: &folded };
        let words = Words::of(&page, ByteSpan::new(0, text.len() as u32));
        let span = if head { words.head_credit() } else { words.tail_credit() };
        span.map(|s| text[s.range()].trim().to_owned())
    }

    #[test]
    fn heads() {
        let prose = "أعلنت الوزارة اليوم أنها ستبدأ العمل بالنظام الجديد في جميع المدن";
        for head in [
            "الرياض - واس:",
            "واس- مكة المكرمة:",
            "سبق- الرياض:",
            "عيسى الحربي- سبق- الرياض:",
            "أ ف ب- موسكو:",
            "باريس - أ.ف.ب:",
            "القاهرة (رويترز) -",
            "سان فرانسيسكو 20 يوليو تموز (رويترز) -",
            "بيروت: «المرفأ» -",
            "وكالات:",
            "المرفأ – وكالات:",
            "المرفأ نت/وكالات",
            "المرفأ اليوم – الرياض\n",
            "سالم الهادي – بريدة\n",
            "الرياض 26 شوال 1436 هـ الموافق 11 أغسطس 2015 م واس\n",
        ] {
            let text = format!("{head} {prose}");
            assert_eq!(credit(&text, true).as_deref(), Some(head.trim()), "{text}");
        }
        for text in [
            "ذكرت وكالة رويترز أن الأسعار ارتفعت في الأسواق العالمية صباح اليوم",
            "قال الوزير: إن العمل مستمر في جميع المواقع",
            "سبق لفريق المدينة أن فاز بالبطولة - وهو فوز ثمين - قبل عامين",
            "معا إلى القمة عنوان الحملة التي أطلقتها الجمعية",
        ] {
            assert_eq!(credit(text, true), None, "{text}");
        }
    }

    #[test]
    fn tails() {
        let prose = "وقالت الوزارة إن العمل بالنظام الجديد يبدأ مطلع الشهر المقبل في جميع المدن.";
        for tail in ["(أ ف ب)", "«رويترز»", "\"الفرنسية\"", "(الوكالات)", "\nصحيفة المرفأ"]
        {
            let text = format!("{prose} {tail}");
            assert_eq!(credit(&text, false).as_deref(), Some(tail.trim()), "{text}");
        }
        assert_eq!(credit(prose, false), None);
        assert_eq!(credit("وكانت تتحدث الفرنسية", false), None);
    }

    #[test]
    fn a_credit_splits_the_spans() {
        let mut spans = vec![ByteSpan::new(0, 10), ByteSpan::new(12, 40)];
        subtract(&mut spans, ByteSpan::new(12, 20));
        assert_eq!(spans, [ByteSpan::new(0, 10), ByteSpan::new(20, 40)]);
        subtract(&mut spans, ByteSpan::new(0, 10));
        assert_eq!(spans, [ByteSpan::new(20, 40)]);
    }
}
