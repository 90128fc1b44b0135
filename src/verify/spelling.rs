//! Whether words are spellings of one.
//!
//! In: folded words. Out: whether an outlet may write one for the other: with another proclitic, a
//! letter or two otherwise, two letters in the other order, or in one word what the other parts in
//! two. Cost: linear in letters. Does not: know which words are names.

/// Letters of the shorter of two words from which one of them may have two neighbors in the other order.
/// In shorter names the order tells two men apart (`عامر` and `عمار`).
const SWAPPED_LETTERS: usize = 5;

/// Bytes of the longest proclitics: four letters.
const PROCLITICS: usize = 8;

/// The letters of a word without its proclitics, in `letters`, whose old content goes.
pub(super) fn spell(word: &str, letters: &mut Vec<char>) {
    letters.clear();
    spell_onto(word, letters);
}

/// Appends the letters of a word without its proclitics.
pub(super) fn spell_onto(word: &str, letters: &mut Vec<char>) {
    let word = bare(word);
    letters.reserve(word.len());
    letters.extend(word.chars().map(loosened));
}

/// Whether two words of these letters are spellings of one: equal but for one letter in four or two in
/// seven.
pub(super) fn are_spellings(a: &[char], b: &[char]) -> bool {
    let shorter = a.len().min(b.len());
    let allowed = match shorter {
        0..=2 => 0,
        3..=6 => 1,
        _ => 2,
    };
    within(a, b, allowed, shorter >= SWAPPED_LETTERS)
}

/// Tells words without proclitics that may be forms or spellings of one: one of the two in the other, equal but for
/// a third of their letters (at most two), or of the same consonants. It says so of many that are not.
pub(super) struct Akin {
    word: Vec<char>,
    other: Vec<char>,
}

impl Akin {
    /// To this word.
    pub(super) fn to(word: &str) -> Self {
        Self { word: word.chars().map(loosened).collect(), other: Vec::new() }
    }

    /// Whether another is.
    pub(super) fn is(&mut self, other: &str) -> bool {
        self.other.clear();
        self.other.extend(other.chars().map(loosened));
        let (a, b) = (&*self.word, &*self.other);
        let inside = |part: &[char], whole: &[char]| {
            part.len() > 2 && whole.windows(part.len()).any(|letters| letters == part)
        };
        let allowed = (a.len().min(b.len()) / 3).min(2);
        inside(a, b)
            || inside(b, a)
            || within(a, b, allowed, true)
            || consonants(a).nth(1).is_some() && consonants(a).eq(consonants(b))
    }
}

/// The letters that plurals and other forms of a word leave in it.
fn consonants(word: &[char]) -> impl Iterator<Item = char> {
    word.iter().copied().filter(|letter| !matches!(letter, 'ا' | 'و' | 'ي' | 'ه' | 'ت'))
}

/// Whether a word is two others written together; a proclitic before either is none of their letters.
pub(super) fn are_joined(parts: [&str; 2], whole: &str) -> bool {
    if (parts[0].len() + parts[1].len()).abs_diff(whole.len()) > PROCLITICS {
        return false;
    }
    let equal = |first: &str, whole: &str| {
        let letters = first.chars().chain(parts[1].chars());
        letters.map(loosened).eq(whole.chars().map(loosened))
    };
    equal(parts[0], whole) || equal(bare(parts[0]), bare(whole))
}

/// Letters that outlets exchange for one another beyond the standard fold.
fn loosened(letter: char) -> char {
    match letter {
        'ؤ' => 'و',
        'ئ' => 'ي',
        'غ' | 'ج' | 'ق' => 'ك',
        'ڤ' => 'ف',
        'پ' => 'ب',
        letter => letter,
    }
}

/// The word without و or ف, one of ب ل ك, and ال, as long as three letters stay.
pub(super) fn bare(word: &str) -> &str {
    let mut rest = word;
    let sets: [&[char]; 2] = [&['و', 'ف'], &['ب', 'ل', 'ك']];
    for set in sets {
        if let Some(tail) = rest.strip_prefix(set)
            && has_three_letters(tail)
        {
            rest = tail;
        }
    }
    match rest.strip_prefix("ال") {
        Some(tail) if has_three_letters(tail) => tail,
        _ => rest,
    }
}

fn has_three_letters(word: &str) -> bool {
    word.chars().nth(2).is_some()
}

/// Whether at most `allowed` (0, 1 or 2) letters are put in, left out or exchanged, or, if they may be
/// `swapped`, written before their neighbors.
fn within(a: &[char], b: &[char], allowed: usize, swapped: bool) -> bool {
    let equal = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[equal..], &b[equal..]);
    if a.is_empty() || b.is_empty() {
        return a.len() + b.len() <= allowed;
    }
    if allowed == 0 || a.len().abs_diff(b.len()) > allowed {
        return false;
    }
    let turned = matches!((a, b), ([x, y, ..], [u, v, ..]) if x == v && y == u);
    within(&a[1..], &b[1..], allowed - 1, swapped)
        || within(&a[1..], b, allowed - 1, swapped)
        || within(a, &b[1..], allowed - 1, swapped)
        || swapped && turned && within(&a[2..], &b[2..], allowed - 1, swapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spellings(a: &str, b: &str) -> bool {
        let mut letters = [Vec::new(), Vec::new()];
        spell(a, &mut letters[0]);
        spell(b, &mut letters[1]);
        are_spellings(&letters[0], &letters[1])
    }

    #[test]
    fn letters_are_exchanged_swapped_and_left_out() {
        for (a, b) in [
            ("غلاسكو", "جلاسكو"),
            ("منتزه", "متنزه"),
            ("وامريكا", "باميركا"),
            ("جاري", "جار"),
            ("بلومبرغ", "بلومبيرج"),
            ("للمدينه", "المدينه"),
        ] {
            assert!(spellings(a, b), "{a} {b}");
        }
        for (a, b) in [("عامر", "عمار"), ("طن", "طب"), ("صالح", "سالم"), ("ناصر", "مازن")]
        {
            assert!(!spellings(a, b), "{a} {b}");
        }
    }

    #[test]
    fn forms_of_a_word_are_akin() {
        for (a, b) in
            [("مشروعات", "مشاريع"), ("تونسيه", "تونس"), ("سوروج", "سوروش"), ("متنزه", "منتزه")]
        {
            assert!(Akin::to(a).is(b) && Akin::to(b).is(a), "{a} {b}");
        }
        for (a, b) in [("بحرين", "حرمين"), ("مصر", "تونس"), ("باحه", "محايل")]
        {
            assert!(!Akin::to(a).is(b) && !Akin::to(b).is(a), "{a} {b}");
        }
    }

    #[test]
    fn words_written_together_are_the_words() {
        assert!(are_joined(["ديار", "بكر"], "دياربكر"));
        assert!(are_joined(["العبد", "الجبار"], "والعبدالجبار"));
        assert!(are_joined(["الد", "واجن"], "الدواجن"));
        assert!(are_joined(["نون", "هيومان"], "نونهيومان"));
        assert!(!are_joined(["ديار", "بكر"], "دياربكري"));
        assert!(!are_joined(["الرياض", "في"], "الرياضي"));
    }
}
