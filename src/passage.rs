//! Passages: the runs of words of a page that are compared.
//!
//! In: a page's record. Out: its story (title once, and body without credits), and every second
//! story pasted into it, each as folded words. A passage can be made again from its record at any
//! time, so no text is kept. Cost: that of folding and cutting.

use serde::{Deserialize, Serialize};

use crate::fold::{Folded, Folder, Profile};
use crate::read::PageRecord;
use crate::segment::{self, PageText, Segmenter, Segments};
use crate::types::ByteSpan;

/// What of a page is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Its story, cut out of what stands around it; embedded stories are passages of their own.
    #[default]
    Story,
    /// Title and text as they are.
    Page,
}

/// Buffers for making passages, kept from page to page. After [`PassageMaker::make`] they hold the
/// parts of that page.
#[derive(Debug, Default)]
pub struct PassageScratch {
    title: Folded,
    text: Folded,
    other: Folded,
    story: Folded,
    embedded: Folded,
    cutter: segment::Scratch,
    segments: Segments,
}

impl PassageScratch {
    /// The story of the page made last.
    pub fn story(&self) -> &Folded {
        &self.story
    }

    /// The whole text of the page made last, folded.
    pub fn text(&self) -> &Folded {
        &self.text
    }

    /// The parts of the page made last; empty with [`Scope::Page`].
    pub fn segments(&self) -> &Segments {
        &self.segments
    }
}

/// Makes the passages of pages.
#[derive(Clone, Debug)]
pub struct PassageMaker<'a> {
    folder: Folder,
    /// Parts are found on the standard fold; another profile folds the text once more.
    standard: Folder,
    segmenter: Option<Segmenter<'a>>,
}

impl<'a> PassageMaker<'a> {
    /// Passages of whole pages.
    pub fn pages(profile: Profile) -> Self {
        Self {
            folder: Folder::new(profile),
            standard: Folder::new(Profile::Standard),
            segmenter: None,
        }
    }

    /// Passages of pages that are cut by `segmenter`.
    pub fn stories(profile: Profile, segmenter: Segmenter<'a>) -> Self {
        Self { segmenter: Some(segmenter), ..Self::pages(profile) }
    }

    /// Cuts `page` and makes its story.
    ///
    /// A title that stands in its field and again at the head of the text counts once; a title
    /// without a text is no story, and the result is empty.
    pub fn make<'s>(&self, page: &PageRecord<'_>, scratch: &'s mut PassageScratch) -> &'s Folded {
        self.folder.fold_into(&page.text, &mut scratch.text);
        scratch.segments.clear();
        scratch.story.clear();
        if scratch.text.is_empty() {
            if let Some(segmenter) = &self.segmenter {
                cut(segmenter, page, &scratch.text, &mut scratch.cutter, &mut scratch.segments);
            }
            return &scratch.story;
        }
        let Some(segmenter) = &self.segmenter else {
            self.put_title_field(page, scratch);
            scratch.story.append(&scratch.text, 0..scratch.text.len());
            return &scratch.story;
        };
        let PassageScratch { text, other, cutter, segments, .. } = scratch;
        if self.folder.profile() == Profile::Standard {
            cut(segmenter, page, text, cutter, segments);
        } else {
            self.standard.fold_into(&page.text, other);
            cut(segmenter, page, other, cutter, segments);
        }
        if segments.story.is_empty() {
            return &scratch.story;
        }
        if scratch.segments.title.is_none() {
            self.put_title_field(page, scratch);
        }
        append_spans(&scratch.text, &scratch.segments.story, &mut scratch.story);
        &scratch.story
    }

    /// The same for whole pages.
    #[must_use]
    pub fn of_whole_pages(&self) -> Self {
        Self { segmenter: None, ..self.clone() }
    }

    /// What the story of `page` is made of, as it stands: its title where that counts, and pieces of
    /// its text, in order. Empty where [`PassageMaker::make`] makes nothing.
    pub fn story_pieces<'t>(
        &self,
        page: &'t PageRecord<'_>,
        scratch: &mut PassageScratch,
    ) -> Vec<&'t str> {
        if self.make(page, scratch).is_empty() {
            return Vec::new();
        }
        let title = page.title.as_deref().filter(|field| !field.is_empty());
        let field = title.filter(|_| scratch.segments.title.is_none()).filter(|field| {
            self.folder.fold_into(field, &mut scratch.title);
            !scratch.text.hashes().starts_with(scratch.title.hashes())
        });
        let mut pieces: Vec<&str> = field.into_iter().collect();
        if self.segmenter.is_none() {
            pieces.push(&page.text);
        }
        let spans = scratch.segments.story.iter();
        pieces.extend(spans.map(|span| page.text.get(span.range()).unwrap_or_default()));
        pieces
    }

    /// Makes second story number `nth` of the page that was made last: its title and its text.
    pub fn embedded<'s>(&self, nth: usize, scratch: &'s mut PassageScratch) -> &'s Folded {
        let PassageScratch { text, embedded, segments, .. } = scratch;
        embedded.clear();
        if let Some(found) = segments.embedded.get(nth) {
            append_spans(text, found.title.as_slice(), embedded);
            append_spans(text, &found.parts, embedded);
        }
        embedded
    }

    fn put_title_field(&self, page: &PageRecord<'_>, scratch: &mut PassageScratch) {
        if let Some(field) = page.title.as_deref().filter(|field| !field.is_empty()) {
            self.folder.fold_into(field, &mut scratch.title);
            if !scratch.text.hashes().starts_with(scratch.title.hashes()) {
                scratch.story.append(&scratch.title, 0..scratch.title.len());
            }
        }
    }
}

fn cut(
    segmenter: &Segmenter<'_>,
    page: &PageRecord<'_>,
    folded: &Folded,
    cutter: &mut segment::Scratch,
    segments: &mut Segments,
) {
    let text = PageText { title: page.title.as_deref(), text: &page.text, folded };
    segmenter.segment(&text, cutter, segments);
}

/// Appends the words that lie in `spans` (ascending, apart).
fn append_spans(text: &Folded, spans: &[ByteSpan], out: &mut Folded) {
    for &span in spans {
        let range = words_in(text, span);
        out.append(text, range);
    }
}

/// The words of `text` whose first byte lies in `span`.
pub fn words_in(text: &Folded, span: ByteSpan) -> std::ops::Range<usize> {
    let from = text.tokens().partition_point(|token| token.span.start < span.start);
    let to = text.tokens().partition_point(|token| token.span.start < span.end);
    from..to
}

/// Words that cannot end a sentence, in standard folding: prepositions, relatives, conjunctions.
const NEVER_LAST: [&str; 26] = [
    "في",
    "من",
    "الي",
    "علي",
    "عن",
    "مع",
    "ان",
    "التي",
    "الذي",
    "الذين",
    "بين",
    "حول",
    "خلال",
    "ضد",
    "لدي",
    "منذ",
    "قبل",
    "بعد",
    "حتي",
    "او",
    "ثم",
    "لكن",
    "حيث",
    "كما",
    "تحت",
    "وفي",
];

/// Whether a text breaks off: it ends in an ellipsis, or in a word that cannot end a sentence
/// (a preposition, a relative pronoun), as teasers and pages cut by length do. `words` are the
/// folded words of `text`, or of more text that ends with it.
pub fn breaks_off(text: &str, words: &Folded) -> bool {
    let end = text.trim_end();
    if end.ends_with('…') || end.ends_with("...") {
        return true;
    }
    let last = words.len().checked_sub(1).map(|last| words.word(last));
    // A word that closes a sentence is followed by its full stop.
    end.ends_with(char::is_alphanumeric) && last.is_some_and(|word| NEVER_LAST.contains(&word))
}

/// The text of a story up to its last byte: where [`breaks_off`] has to look.
pub fn story_text<'t>(page: &'t PageRecord<'_>, segments: &Segments) -> &'t str {
    match segments.story.last() {
        Some(last) => page.text.get(..last.end as usize).unwrap_or(&page.text),
        None => &page.text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::MarkerTable;

    fn page<'a>(title: Option<&'a str>, text: &'a str) -> PageRecord<'a> {
        PageRecord { title: title.map(Into::into), text: text.into(), ..PageRecord::default() }
    }

    fn whole(title: Option<&str>, text: &str) -> String {
        let maker = PassageMaker::pages(Profile::Standard);
        maker.make(&page(title, text), &mut PassageScratch::default()).text().to_owned()
    }

    #[test]
    fn a_title_counts_once() {
        assert_eq!(whole(Some("عنوان أول"), "نص الخبر"), "عنوان اول نص الخبر");
        assert_eq!(whole(Some("عنوان أول"), "عنوان اول\nنص الخبر"), "عنوان اول نص الخبر");
        assert_eq!(whole(None, "نص الخبر"), "نص الخبر");
        assert_eq!(whole(Some("كاريكاتير"), " \n"), "", "a headline over a picture");
    }

    const PAGE: &str = "افتتاح مكتبة عامة في المدينة القديمة\n\
        افتتح رئيس البلدية صباح اليوم مكتبة عامة تضم عشرين ألف كتاب في المدينة القديمة.\n\
        المصدر: صحيفة المرفأ\n\
        إقرأ أيضاً:\n\
        موسم الزيتون يبدأ مبكرا هذا العام\n\
        بدأ المزارعون في القرى الجبلية قطاف الزيتون قبل موعده بأسبوعين بسبب الحر.\n\
        وقال مزارعون إن الإنتاج أقل من العام الماضي بكثير.";

    #[test]
    fn a_story_is_cut_out_of_its_page_in_every_profile() {
        let markers = MarkerTable::default();
        for profile in [Profile::Strict, Profile::Standard, Profile::Loose] {
            let maker = PassageMaker::stories(profile, Segmenter::new(&markers, None));
            let mut scratch = PassageScratch::default();
            let story = maker.make(&page(None, PAGE), &mut scratch).text().to_owned();
            assert!(story.starts_with("افتتاح مكتب") && !story.contains("الزيتون"), "{story}");
            assert_eq!(scratch.segments().embedded.len(), 1);
            let embedded = maker.embedded(0, &mut scratch).text();
            assert!(embedded.starts_with("موسم الزيتون") && embedded.ends_with("بكثير"));
            assert!(maker.embedded(1, &mut scratch).is_empty());
        }
    }

    #[test]
    fn a_text_that_breaks_off_is_seen() {
        let folder = Folder::new(Profile::Standard);
        let breaks = |text: &str| breaks_off(text, &folder.fold(text));
        assert!(breaks("قال الوزير إن الاجتماع سيعقد في"));
        assert!(breaks("قال الوزير إن الاجتماع…"));
        assert!(breaks("قال الوزير ..."));
        assert!(!breaks("قال الوزير إن الاجتماع سيعقد غدا."));
        assert!(!breaks("قال الوزير إن الاجتماع سيعقد غدا"));
        assert!(!breaks("هذا ما يبحث عنه."));
        assert!(!breaks(""));
    }
}
