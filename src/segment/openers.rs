//! How a paragraph begins: with words that carry a story on, or with words that may begin one.
//!
//! Arabic stories go on with `and`: of 74,000 later paragraphs of 13,500 real articles 71 % begin with
//! one of the words told here, of their first paragraphs and of their titles 3 in a thousand.

use std::ops::Range;

use super::PageText;
use super::cells::Cell;
use super::pieces::TITLE_WORDS;
use crate::fold::Folded;

/// Fewest letters of a word that begins with `and`.
const LEAST_LETTERS: usize = 3;
/// Fewest words of a title that only the sentence after it ends.
const LEAST_TEASER: usize = 3;
/// Fewest words of that sentence.
const LEAST_SENTENCE: usize = 8;

/// Whether a line begins with words that carry a story on: `and he said`, `for his part`. Neither a title
/// nor the first paragraph of a story begins so.
///
/// Words in quotes may be the name of a book.
pub(super) fn carries_on(page: &PageText<'_>, cell: &Cell) -> bool {
    let (folded, first) = (page.folded, cell.content() as usize);
    let second = || if first + 1 < cell.last as usize { folded.word(first + 1) } else { "" };
    let word = folded.word(first);
    if let Some(rest) = word.strip_prefix('و') {
        let before = page.text.get(..folded.tokens()[first].span.start as usize).unwrap_or("");
        return rest.chars().count() + 1 >= LEAST_LETTERS
            && !before.ends_with(['«', '"', '“', '”'])
            && !begins_with_waw(word);
    }
    match word {
        "كما" | "لكن" | "لكنه" | "لكنها" | "يذكر" | "يشار" | "الجدير" | "جدير" | "تجدر"
        | "بدوره" | "بدورها" | "حيث" | "ثم" => true,
        "من" => matches!(
            second(),
            "جهته"
                | "جهتها"
                | "جهتهم"
                | "جانبه"
                | "جانبها"
                | "ناحيته"
                | "ناحيتها"
                | "جهه"
                | "ناحيه"
                | "جانب"
        ),
        "الي" => matches!(second(), "ذلك" | "جانب"),
        "جاء" => second() == "ذلك",
        "غير" | "الا" | "بيد" => second() == "ان",
        "في" => matches!(second(), "المقابل" | "حين" | "غضون" | "السياق" | "سياق"),
        "علي" => second() == "صعيد",
        _ => false,
    }
}

/// Where the title that begins these words of a line ends, if only the sentence after it tells: the first
/// word of that, with which a story goes on.
pub(super) fn teaser_end(folded: &Folded, words: Range<usize>) -> Option<usize> {
    let last = words.end.saturating_sub(LEAST_SENTENCE).min(words.start + TITLE_WORDS);
    (words.start + LEAST_TEASER..last).find(|&at| tells_on(folded, at))
}

/// Whether a word with which the sentences of a story go on, and hardly a title: `and he said`.
fn tells_on(folded: &Folded, word: usize) -> bool {
    matches!(
        folded.word(word),
        "وقال"
            | "وقالت"
            | "واضاف"
            | "واضافت"
            | "واكد"
            | "واكدت"
            | "واوضح"
            | "واوضحت"
            | "واشار"
            | "واشارت"
            | "ولفت"
            | "وتابع"
            | "وذكر"
            | "وذكرت"
            | "وياتي"
            | "وتاتي"
            | "وبحسب"
            | "ووفقا"
            | "ويذكر"
            | "وافاد"
            | "وافادت"
            | "ويقول"
            | "وتقول"
    )
}

/// Whether the signs after the last word of a line say that its text was cut off there: two dots and
/// more, in brackets or not.
pub(super) fn is_cut_off(page: &PageText<'_>, cell: &Cell) -> bool {
    let tokens = page.folded.tokens();
    let Some(last) = (cell.last as usize).checked_sub(1) else {
        return false;
    };
    let signs = page.text.get(tokens[last].span.end as usize..cell.end as usize).unwrap_or("");
    signs.contains('…') || signs.contains("..")
}

/// Beginnings of words that begin with the letter of `and` by their root: `minister`, `agency`.
const ROOTS: [&str; 13] = [
    "وزير",
    "وزار",
    "وزرا",
    "وكال",
    "وكيل",
    "وظيف",
    "واشنط",
    "واصل",
    "وافق",
    "وصول",
    "وثيق",
    "ويكي",
    "ويند",
];

/// Such words, ascending.
const ROOT_WORDS: [&str; 127] = [
    "وائل",
    "واتس",
    "واتساب",
    "واج",
    "واجب",
    "واجه",
    "واجهت",
    "واحد",
    "واحده",
    "واحه",
    "وادي",
    "واردات",
    "وارسو",
    "واس",
    "واسط",
    "واسي",
    "واعظ",
    "وافد",
    "وافدون",
    "واقع",
    "واقعه",
    "والد",
    "والدا",
    "والده",
    "والدي",
    "والي",
    "وام",
    "وثائق",
    "وثق",
    "وثقت",
    "وجبات",
    "وجبه",
    "وجد",
    "وجدت",
    "وجده",
    "وجه",
    "وجهاء",
    "وجهات",
    "وجهت",
    "وجهه",
    "وجود",
    "وجوه",
    "وحدات",
    "وحده",
    "وحدويه",
    "وحش",
    "وداع",
    "وداعا",
    "ودع",
    "وديا",
    "وديات",
    "وديه",
    "وراء",
    "ورثه",
    "ورد",
    "وردت",
    "ورش",
    "ورشه",
    "ورق",
    "ورقه",
    "ورود",
    "وزع",
    "وزعت",
    "وزن",
    "وسائل",
    "وساطه",
    "وسام",
    "وسط",
    "وسطاء",
    "وسع",
    "وسعت",
    "وسيط",
    "وسيله",
    "وصف",
    "وصفات",
    "وصفت",
    "وصفه",
    "وصل",
    "وصلت",
    "وصلوا",
    "وصيه",
    "وضع",
    "وضعت",
    "وضعوا",
    "وطن",
    "وطني",
    "وطنيه",
    "وظائف",
    "وعد",
    "وعدت",
    "وعود",
    "وعي",
    "وفا",
    "وفاء",
    "وفاه",
    "وفد",
    "وفر",
    "وفرت",
    "وفق",
    "وفقا",
    "وفود",
    "وفيات",
    "وقائع",
    "وقايه",
    "وقت",
    "وقع",
    "وقعت",
    "وقعوا",
    "وقف",
    "وقفت",
    "وقفه",
    "وقود",
    "ولاده",
    "ولاه",
    "ولايات",
    "ولايه",
    "ولد",
    "ولدت",
    "ولي",
    "وليد",
    "وهب",
    "وهران",
    "وهم",
    "وول",
    "ووهان",
    "ويلز",
    "ويليام",
];

/// Whether a folded word begins with the letter of `and` by its root.
fn begins_with_waw(word: &str) -> bool {
    ROOTS.iter().any(|root| word.starts_with(root)) || ROOT_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::cells::split;
    use super::*;
    use crate::fold::{Folder, Profile};

    fn lines<T>(text: &str, look: fn(&PageText<'_>, &Cell) -> T) -> Vec<T> {
        let folded = Folder::new(Profile::Standard).fold(text);
        let page = PageText { title: &[], text, folded: &folded };
        let mut cells = Vec::new();
        split(&page, &mut cells);
        cells.iter().map(|cell| look(&page, cell)).collect()
    }

    #[test]
    fn words_can_be_looked_up() {
        assert!(ROOT_WORDS.is_sorted());
    }

    #[test]
    fn stories_go_on_with_and() {
        let on = "وأضاف أن القطار سيصل غدا\nوَكان الجسر قد أغلق\nمن جهتها رحبت البلدية بالقرار\n«كما أن الرصيف جاهز»\nإلى ذلك بدأ الموسم\nيذكر أن المتحف قديم\nفي المقابل ارتفع السعر\nو قال الحارس إنه لم ير شيئا\n";
        assert!(lines(on, carries_on).iter().all(|&found| found), "{:?}", lines(on, carries_on));
        let new = "وزير النقل يفتتح الجسر\nوصلت السفينة إلى المرفأ\nوفاة شاعر القرية\nواس - بلدة المرفأ\nمن المتحف إلى السوق\nإلى القمر في ثلاثة أيام\nفي البدء كان البحر\nأعلنت البلدية موعد السوق\n«وعاد البحر» رواية جديدة\nو\n";
        assert!(lines(new, carries_on).iter().all(|&found| !found), "{:?}", lines(new, carries_on));
    }

    #[test]
    fn dots_cut_a_text_off() {
        let text = "بدأ الموسم مبكرا هذا العام...\nبدأ الموسم مبكرا […]\nبدأ الموسم مبكرا …\nبدأ الموسم مبكرا [...]\nبدأ الموسم مبكرا.\nهل بدأ الموسم؟\nبدأ الموسم";
        assert_eq!(lines(text, is_cut_off), [true, true, true, true, false, false, false]);
    }
}
