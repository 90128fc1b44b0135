//! Passages: the runs of words of a page that are compared.
//!
//! In: a page's record. Out: its story (title once, and body without credits), and every second
//! story pasted into it, each as folded words. A passage can be made again from its record at any
//! time, so no text is kept. Cost: that of folding and cutting.

mod parts;

use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::fold::{Folded, Folder, Profile, WordHashes, hash_word};
use crate::read::PageRecord;
use crate::segment::{self, PageText, Segmenter, Segments};
use crate::types::ByteSpan;

pub use parts::{EmbeddedParts, Parts};

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
    /// Title and text once more, by the standard profile, where passages are made by another.
    standard: [Folded; 2],
    story: Folded,
    /// Of the title field and the text, where nothing else was made of them.
    hashed: WordHashes,
    /// Of the parts of a story that was cut out and not put together.
    gathered: Vec<u64>,
    story_origin: Origin,
    embedded: Folded,
    embedded_origin: Origin,
    cutter: segment::Scratch,
    segments: Segments,
    parts: Parts,
}

/// Where the words of a passage come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// How many of its first words stand in the title field; their spans are bytes of that. All others
    /// stand in the text field.
    pub title: u32,
    /// The words with which parts of the text begin between which something was left out, ascending.
    pub parts: Vec<u32>,
}

impl Origin {
    fn clear(&mut self) {
        self.title = 0;
        self.parts.clear();
    }
}

impl PassageScratch {
    /// The story of the page made last.
    pub fn story(&self) -> &Folded {
        &self.story
    }

    /// Hands the story of the page made last over for `other`, whose memory the next one takes.
    pub fn swap_story(&mut self, other: &mut Folded) {
        std::mem::swap(&mut self.story, other);
    }

    /// Where the words of that story come from.
    pub fn story_origin(&self) -> &Origin {
        &self.story_origin
    }

    /// The embedded story made last.
    pub fn embedded(&self) -> &Folded {
        &self.embedded
    }

    /// Where the words of that embedded story come from.
    pub fn embedded_origin(&self) -> &Origin {
        &self.embedded_origin
    }

    /// Hashes of the words of the page's title: of the field, else of the first title line in the
    /// text. None if there is neither.
    pub fn title_hashes(&self) -> &[u64] {
        match self.segments.title {
            Some(span) if self.title.is_empty() => &self.text.hashes()[words_in(&self.text, span)],
            _ => self.title.hashes(),
        }
    }

    /// Where the passages of the page made last lie; none with [`Scope::Page`].
    pub fn parts(&self) -> &Parts {
        &self.parts
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

    /// Whether stories are cut out of their pages.
    pub fn cuts(&self) -> bool {
        self.segmenter.is_some()
    }

    /// Cuts `page` and makes its story.
    ///
    /// A title that stands in its field and again at the head of the text counts once; a title
    /// without a text is no story, and the result is empty.
    pub fn make<'s>(&self, page: &PageRecord<'_>, scratch: &'s mut PassageScratch) -> &'s Folded {
        if let Some(segmenter) = &self.segmenter {
            self.cut(segmenter, page, scratch);
        } else {
            scratch.segments.clear();
            scratch.parts.clear();
        }
        self.make_cut(page, scratch)
    }

    /// Puts the story together where [`PassageMaker::hashes`] has left that out, of the same page.
    pub fn make_cut<'s>(
        &self,
        page: &PageRecord<'_>,
        scratch: &'s mut PassageScratch,
    ) -> &'s Folded {
        let PassageScratch { title, text, story, story_origin: origin, parts, .. } = scratch;
        origin.clear();
        if !self.cuts() {
            let field = page.title.as_deref().unwrap_or_default();
            self.whole(field, &page.text, title, story, origin);
            return &scratch.story;
        }
        story.clear();
        if parts.titled {
            story.append(title, 0..title.len());
            origin.title = title.len() as u32;
        }
        append_words(text, &parts.story, story, origin);
        &scratch.story
    }

    /// Folds a page and finds its parts.
    fn cut(&self, segmenter: &Segmenter<'_>, page: &PageRecord<'_>, scratch: &mut PassageScratch) {
        let PassageScratch { title, text, standard, cutter, segments, parts, .. } = scratch;
        let field = page.title.as_deref().unwrap_or_default();
        self.folder.fold_into(&page.text, text);
        self.folder.fold_into(field, title);
        let [own_title, own_text] = standard;
        let (standard_title, folded) = if self.folder.profile() == Profile::Standard {
            (&*title, &*text)
        } else {
            self.standard.fold_into(field, own_title);
            self.standard.fold_into(&page.text, own_text);
            (&*own_title, &*own_text)
        };
        let cut = PageText { title: standard_title.hashes(), text: &page.text, folded };
        segmenter.segment(&cut, cutter, segments);
        parts.find(title, &page.text, text, segments);
    }

    /// The hashes of the words of the story of `page`, as [`PassageMaker::make`] makes it. The story is not
    /// put together, and that of the page before stays in `scratch`; see [`PassageMaker::make_cut`].
    pub fn hashes<'s>(&self, page: &PageRecord<'_>, scratch: &'s mut PassageScratch) -> &'s [u64] {
        if let Some(segmenter) = &self.segmenter {
            self.cut(segmenter, page, scratch);
            let PassageScratch { title, text, parts, gathered, .. } = scratch;
            let words = |range: &Range<u32>| &text.hashes()[as_places(range)];
            return match parts.story.as_slice() {
                [] => &[],
                [range] if !parts.titled => words(range),
                ranges => {
                    gathered.clear();
                    gathered.extend_from_slice(if parts.titled { title.hashes() } else { &[] });
                    for range in ranges {
                        gathered.extend_from_slice(words(range));
                    }
                    gathered
                }
            };
        }
        scratch.parts.clear();
        scratch.segments.clear();
        let hashed = &mut scratch.hashed;
        hashed.clear();
        self.folder.hash_onto(page.title.as_deref().unwrap_or_default(), hashed);
        let title = hashed.hashes().len();
        self.folder.hash_onto(&page.text, hashed);
        let words = hashed.hashes();
        let (before, after) = words.split_at(title);
        if after.is_empty() {
            &[]
        } else if after.starts_with(before) {
            after
        } else {
            words
        }
    }

    /// The title field and the text, folded into `story`; the title alone into `title`.
    fn whole(
        &self,
        field: &str,
        text: &str,
        title: &mut Folded,
        story: &mut Folded,
        origin: &mut Origin,
    ) {
        self.folder.fold_into(field, title);
        story.clear();
        story.append(title, 0..title.len());
        self.folder.fold_onto(text, story);
        let (before, after) = story.hashes().split_at(title.len());
        if after.is_empty() {
            story.clear();
        } else if !before.is_empty() && after.starts_with(before) {
            // The title stands at the head of the text as well.
            self.folder.fold_into(text, story);
        } else {
            origin.title = title.len() as u32;
        }
    }

    /// Places the words of the story of a whole page in `out`, without letters; returns how many of them
    /// stand in its title, as [`Origin::title`] does. Only for [`Scope::Page`].
    pub(crate) fn place_whole(&self, page: &PageRecord<'_>, out: &mut Folded) -> usize {
        debug_assert!(!self.cuts());
        self.folder.place_into(page.title.as_deref().unwrap_or_default(), out);
        let title = out.len();
        self.folder.place_onto(&page.text, out);
        let (before, after) = out.hashes().split_at(title);
        if after.is_empty() {
            out.clear();
            0
        } else if after.starts_with(before) {
            // The title stands at the head of the text as well, or there is none.
            out.drop_first(title);
            0
        } else {
            title
        }
    }

    /// The letters of a word of such a story, of which `title` words stand in the title. Cost: that of
    /// folding the word; rarely, of the page.
    pub(crate) fn letters_of<'s>(
        &self,
        page: &PageRecord<'_>,
        (words, title): (&Folded, usize),
        word: usize,
        scratch: &'s mut PassageScratch,
    ) -> &'s str {
        let field = if word < title { page.title.as_deref() } else { Some(&*page.text) };
        let place = words.tokens()[word].span.range();
        let alone = field.and_then(|field| field.get(place)).unwrap_or_default();
        self.folder.fold_into(alone, &mut scratch.embedded);
        // What stands around a word hardly ever changes how it is folded; the hash tells.
        if scratch.embedded.hashes() == &words.hashes()[word..=word] {
            return scratch.embedded.word(0);
        }
        let story = self.make(page, scratch);
        debug_assert_eq!(story.hashes(), words.hashes());
        if word < story.len() { story.word(word) } else { "" }
    }

    /// Makes the story of a page again, whose `parts` are those that were found once and packed
    /// ([`Parts::pack`]). The page is not cut, and no segments are told.
    pub fn make_again<'s>(
        &self,
        page: &PageRecord<'_>,
        packed: &[u8],
        scratch: &'s mut PassageScratch,
    ) -> &'s Folded {
        if !self.cuts() {
            return self.make(page, scratch);
        }
        let PassageScratch { title, text, story, story_origin: origin, segments, parts, .. } =
            scratch;
        let field = page.title.as_deref().unwrap_or_default();
        segments.clear();
        parts.unpack(packed);
        if parts.uncut {
            origin.clear();
            self.whole(field, &page.text, title, story, origin);
            origin.parts.push(origin.title);
            return &scratch.story;
        }
        if parts.titled {
            self.folder.fold_into(field, title);
        }
        if !parts.story.is_empty() {
            self.folder.fold_into(&page.text, text);
        }
        self.make_cut(page, scratch)
    }

    /// Makes second story number `nth` of a page again, as [`PassageMaker::make_again`] makes its story,
    /// without spans: those that its words have may be of a part of the text. `parts` are those of the
    /// page; `hash` is that of the folded text of the second story, [`xxh3_128`].
    pub fn embedded_again<'s>(
        &self,
        page: &PageRecord<'_>,
        parts: &Parts,
        (nth, hash): (usize, u128),
        scratch: &'s mut PassageScratch,
    ) -> &'s Folded {
        let PassageScratch { text, embedded, embedded_origin: origin, segments, .. } = scratch;
        segments.clear();
        embedded.clear();
        origin.clear();
        let Some(EmbeddedParts { words, title, story }) = parts.embedded.get(nth) else {
            return embedded;
        };
        if words.len() == title.iter().len() + 1 {
            // What stands around a line hardly ever changes how it is folded; the hash tells.
            for span in title.iter().chain([story]) {
                self.folder.fold_into(page.text.get(span.range()).unwrap_or_default(), text);
                embedded.append(text, 0..text.len());
            }
            if xxh3_128(embedded.text().as_bytes()) == hash {
                return embedded;
            }
            embedded.clear();
        }
        self.folder.fold_into(&page.text, text);
        append_words(text, words, embedded, origin);
        embedded
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
        let field = page.title.as_deref().filter(|_| scratch.story_origin.title > 0);
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
        let PassageScratch { text, embedded, embedded_origin: origin, parts, .. } = scratch;
        embedded.clear();
        origin.clear();
        if let Some(found) = parts.embedded.get(nth) {
            append_words(text, &found.words, embedded, origin);
        }
        embedded
    }
}

/// Appends these words of `text`.
fn append_words(text: &Folded, words: &[Range<u32>], out: &mut Folded, origin: &mut Origin) {
    for range in words {
        origin.parts.push(out.len() as u32);
        out.append(text, as_places(range));
    }
}

fn as_places(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// The words of `text` whose first byte lies in `span`.
pub fn words_in(text: &Folded, span: ByteSpan) -> Range<usize> {
    let tokens = text.tokens();
    // Most spans reach to an end of the text.
    let before = |end: u32| match tokens {
        [first, ..] if end <= first.span.start => 0,
        [.., last] if last.span.start < end => tokens.len(),
        _ => tokens.partition_point(|token| token.span.start < end),
    };
    before(span.start)..before(span.end)
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
/// (a preposition, a relative pronoun), as teasers and pages cut by length do. `last` is the hash of
/// the last folded word of `text`.
pub fn breaks_off(text: &str, last: Option<u64>) -> bool {
    static HASHES: LazyLock<[u64; NEVER_LAST.len()]> =
        LazyLock::new(|| NEVER_LAST.map(|word| hash_word(word.as_bytes())));
    let end = text.trim_end();
    if end.ends_with('…') || end.ends_with("...") {
        return true;
    }
    // A word that closes a sentence is followed by its full stop.
    end.ends_with(char::is_alphanumeric) && last.is_some_and(|last| HASHES.contains(&last))
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
    use proptest::prelude::*;

    fn page<'a>(title: Option<&'a str>, text: &'a str) -> PageRecord<'a> {
        PageRecord { title: title.map(Into::into), text: text.into(), ..PageRecord::default() }
    }

    fn whole(title: Option<&str>, text: &str) -> String {
        let maker = PassageMaker::pages(Profile::Standard);
        let (page, mut scratch) = (page(title, text), PassageScratch::default());
        let hashes = maker.hashes(&page, &mut scratch).to_vec();
        assert_eq!(maker.make_cut(&page, &mut scratch).hashes(), hashes);
        let story = maker.make(&page, &mut scratch);
        assert_eq!(story.hashes(), hashes);
        story.text().to_owned()
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
            assert!(!scratch.parts().uncut);
        }
    }

    proptest! {
        #[test]
        fn a_story_is_its_hashes_with_letters(
            title in prop::option::of("(افتتاح|مكتبة|عامة|في|،| ){0,12}"),
            lines in prop::collection::vec(
                "(افتتاح|مكتبة|عامة|في|وقال|البلدية|،| ){1,24}[.:،]?|المصدر: صحيفة المرفأ|إقرأ أيضاً:\
                 |اقرأ أيضاً: افتتاح مكتبة|الرياض - واس:|الأحد 5 يوليو 2015|\\p{P}", 0..10),
        ) {
            let markers = MarkerTable::default();
            let (mut scratch, mut again) = (PassageScratch::default(), PassageScratch::default());
            let text = lines.join("\n");
            let page = page(title.as_deref(), &text);
            for profile in Profile::ALL {
                let maker = PassageMaker::stories(profile, Segmenter::new(&markers, None));
                let hashes = maker.hashes(&page, &mut scratch).to_vec();
                let story = maker.make(&page, &mut again).clone();
                prop_assert_eq!(&hashes, story.hashes());
                prop_assert_eq!(scratch.parts(), again.parts());
                prop_assert_eq!(scratch.segments(), again.segments());
                prop_assert_eq!(scratch.title_hashes(), again.title_hashes());
                let put = maker.make_cut(&page, &mut scratch).clone();
                prop_assert_eq!((put.text(), put.tokens()), (story.text(), story.tokens()));
                prop_assert_eq!(put.hashes(), story.hashes());
                prop_assert_eq!(scratch.story_origin(), again.story_origin());
                // Again, by what is kept of the cut.
                let (mut packed, mut other) = (Vec::new(), PassageScratch::default());
                scratch.parts().pack(&mut packed);
                let story = maker.make_again(&page, &packed, &mut other);
                prop_assert_eq!((put.text(), put.tokens()), (story.text(), story.tokens()));
                prop_assert_eq!(scratch.story_origin(), other.story_origin());
                let mut parts = Parts::default();
                parts.unpack(&packed);
                // Of a page that is nothing but its story, no more than that is told.
                prop_assert!(parts.embedded.is_empty() || *scratch.parts() == parts);
                prop_assert_eq!(parts.embedded.len(), scratch.parts().embedded.len());
                for nth in 0..parts.embedded.len() {
                    let once = maker.embedded(nth, &mut scratch).clone();
                    let hash = xxh3_128(once.text().as_bytes());
                    let twice = maker.embedded_again(&page, &parts, (nth, hash), &mut other);
                    prop_assert_eq!((once.text(), once.hashes()), (twice.text(), twice.hashes()));
                    let whole = maker.embedded_again(&page, &parts, (nth, !hash), &mut other);
                    prop_assert_eq!((once.text(), once.tokens()), (whole.text(), whole.tokens()));
                }
                // Where words begin, found word by word.
                let text = scratch.text();
                for span in scratch.segments().segments.iter().map(|part| part.span) {
                    let inside = |at: &usize| span.range().contains(&(text.tokens()[*at].span.start as usize));
                    let words: Vec<usize> = (0..text.len()).filter(inside).collect();
                    prop_assert_eq!(words_in(text, span).collect::<Vec<usize>>(), words);
                }
            }
        }
    }

    #[test]
    fn an_uncut_page_is_made_again_the_same() {
        let markers = MarkerTable::default();
        let text = "افتتح رئيس البلدية صباح اليوم مكتبة عامة.\nوتضم المكتبة عشرين ألف كتاب.";
        for profile in [Profile::Strict, Profile::Standard, Profile::Loose] {
            let maker = PassageMaker::stories(profile, Segmenter::new(&markers, None));
            let (mut scratch, mut again) = (PassageScratch::default(), PassageScratch::default());
            let mut uncut = 0;
            for title in ["افتتاح مكتبة عامة", "افتتح رئيس البلدية", "قال: «نعم»", "،"]
            {
                let page = page(Some(title), text);
                maker.make(&page, &mut scratch);
                if scratch.parts().uncut {
                    uncut += 1;
                    maker.make_again(&page, &[], &mut again);
                    let (once, twice) = (scratch.story(), again.story());
                    assert_eq!((once.text(), once.hashes()), (twice.text(), twice.hashes()));
                    assert_eq!(once.tokens(), twice.tokens());
                    assert_eq!(scratch.story_origin(), again.story_origin());
                }
            }
            assert!(uncut > 0);
        }
    }

    proptest! {
        #[test]
        fn words_of_placed_pages_have_the_letters_of_their_stories(
            title in prop::option::of("([ء-ي]{1,5}|قال الوزير|[:،«» ]){0,6}"),
            text in "(قال الوزير )?([ء-ي]{1,9}|[وفبلك]?عبدالله|ا ف ب|و|ال|ﷺ|شىء|[0-9]{1,7}|ك 20|&quot;|&#1605;ن|<b>|ط§ظ„ط®ط¨ط±|[\u{64b}\u{650}\u{654}\u{640}]|[ ،.\n\u{a0}]{1,2}| ){0,40}",
        ) {
            for profile in Profile::ALL {
                let maker = PassageMaker::pages(profile);
                let page = page(title.as_deref(), &text);
                let (mut scratch, mut placed) = (PassageScratch::default(), Folded::default());
                let story = maker.make(&page, &mut scratch).clone();
                let from_title = maker.place_whole(&page, &mut placed);
                prop_assert_eq!(placed.hashes(), story.hashes());
                prop_assert_eq!(from_title, scratch.story_origin().title as usize);
                for word in 0..story.len() {
                    let letters = maker.letters_of(&page, (&placed, from_title), word, &mut scratch);
                    prop_assert_eq!(letters, story.word(word), "{:?} {:?}", title, text);
                }
            }
        }
    }

    #[test]
    fn a_text_that_breaks_off_is_seen() {
        let folder = Folder::new(Profile::Standard);
        let breaks = |text: &str| breaks_off(text, folder.fold(text).hashes().last().copied());
        assert!(breaks("قال الوزير إن الاجتماع سيعقد في"));
        assert!(breaks("قال الوزير إن الاجتماع…"));
        assert!(breaks("قال الوزير ..."));
        assert!(!breaks("قال الوزير إن الاجتماع سيعقد غدا."));
        assert!(!breaks("قال الوزير إن الاجتماع سيعقد غدا"));
        assert!(!breaks("هذا ما يبحث عنه."));
        assert!(!breaks(""));
    }
}
