//! Stories and sets of shingles made lately, of one thread.

use std::collections::HashMap;
use std::ops::Range;

use super::numbers::{Numbers, TableKey};
use super::vocabulary::KnownText;
use super::{Judge, MatchBy, PairScore, Relation, StoryText, Verifier, WordSet};
use crate::error::Result;
use crate::fold::Folded;
use crate::pages::PageId;
use crate::passage::PassageScratch;
use crate::read::{PageReader, PageRecord};
use crate::shingle::Shingle;

/// Stories and sets of shingles made lately. They are dropped when they are many, or when pages of
/// another component come: they are cheap to make again. The memory of dropped stories is used for
/// the next, so that what a small component needs stays near the core.
pub struct SetCache<'f> {
    reader: PageReader<'f>,
    scratch: PassageScratch,
    judge: Judge<'f>,
    /// Memory for the words of a story, for who looks others up in them.
    pub(crate) word_set: WordSet,
    hashes: Vec<u64>,
    numbers: Numbers,
    /// Sets of shingles, one after the other, by their numbers.
    sets: Vec<u32>,
    /// The set that is marked in `numbers`.
    marked: Option<Range<usize>>,
    places: HashMap<(PageId, bool), Range<usize>, TableKey>,
    /// The first of them are those of `story_at`, the others wait for the next page.
    stories: Vec<Story<'f>>,
    /// The words of each as the judge knows them; none before it is asked.
    words_of: Vec<KnownText>,
    /// Whether the story of a page whose set is made stays as well.
    pub(super) keeps_stories: bool,
    story_at: HashMap<PageId, usize, TableKey>,
    words: usize,
}

/// A story made lately.
#[derive(Debug, Default)]
struct Story<'f> {
    /// Its words: without letters where there is a record.
    words: Folded,
    /// What letters are made of when they are asked for, and how many words stand in the title.
    record: Option<(PageRecord<'f>, usize)>,
}

/// Shingles that the sets of a cache hold: 2 MiB a thread, and some two thousand stories.
const CACHED_SHINGLES: usize = 1 << 19;

/// Distinct shingles that it numbers: 8 MiB with their table.
const NUMBERED_SHINGLES: usize = 1 << 18;

/// Words of the stories that a cache holds: about 50 bytes each.
const CACHED_WORDS: usize = 1 << 19;

/// Distinct words that its judge knows: about 8 MiB.
const KNOWN_WORDS: usize = 1 << 17;

/// Distinct words that its judge goes on knowing when the stories that have them are dropped: the
/// commonest are in the next again, and what is known of some thousand lies near the core.
const KEPT_KNOWN_WORDS: usize = 1 << 12;

/// Words of dropped stories whose memory is kept for the next.
const KEPT_WORDS: usize = 1 << 16;

impl<'f> SetCache<'f> {
    pub(super) fn new(reader: PageReader<'f>, judge: Judge<'f>) -> Self {
        Self {
            reader,
            scratch: PassageScratch::default(),
            judge,
            word_set: WordSet::default(),
            hashes: Vec::new(),
            numbers: Numbers::default(),
            sets: Vec::new(),
            marked: None,
            places: HashMap::default(),
            stories: Vec::new(),
            words_of: Vec::new(),
            keeps_stories: true,
            story_at: HashMap::default(),
            words: 0,
        }
    }

    /// Drops all stories and sets.
    pub(crate) fn forget(&mut self) {
        self.forget_sets();
        self.forget_stories();
    }

    fn forget_sets(&mut self) {
        self.numbers.clear();
        self.sets.clear();
        self.marked = None;
        self.places.clear();
    }

    fn forget_stories(&mut self) {
        if self.words > KEPT_WORDS {
            self.stories.clear();
            self.words_of.clear();
        }
        if self.judge.known_words() > KEPT_KNOWN_WORDS {
            self.judge.forget();
        }
        self.words = 0;
        self.story_at.clear();
    }

    /// Drops what has become too much. What is asked for from here to the next call stays.
    pub(super) fn make_room(&mut self) {
        if self.sets.len() > CACHED_SHINGLES || self.numbers.len() > NUMBERED_SHINGLES {
            self.forget_sets();
        }
        if self.words > CACHED_WORDS || self.judge.known_words() > KNOWN_WORDS {
            self.forget_stories();
        }
    }

    /// The exact score of the sets at two places. It is cheapest where the first is that of the last
    /// call.
    pub(super) fn score(&mut self, a: Range<usize>, b: Range<usize>) -> PairScore {
        if self.marked.as_ref() != Some(&a) {
            self.numbers.mark(&self.sets[a.clone()]);
            self.marked = Some(a.clone());
        }
        PairScore::from_counts(a.len(), b.len(), self.numbers.shared(&self.sets[b]))
    }

    /// How a reader relates the stories at two places.
    pub(super) fn judged(&mut self, a: usize, b: usize) -> Relation {
        let text = |at: usize| StoryText { folded: &self.stories[at].words };
        for at in [a, b] {
            if self.words_of[at].is_empty() {
                self.judge.know(text(at), &mut self.words_of[at]);
            }
        }
        self.judge.relate_known([text(a), text(b)], [&self.words_of[a], &self.words_of[b]])
    }

    /// The hashes of the words of the story at a place.
    pub(crate) fn words(&self, at: usize) -> &[u64] {
        self.stories[at].words.hashes()
    }
}

impl Verifier<'_> {
    /// Where the set of a page's shingles lies in the cache.
    pub(super) fn set_place(
        &self,
        page: PageId,
        short: bool,
        cache: &mut SetCache<'_>,
    ) -> Result<Range<usize>> {
        if let Some(place) = cache.places.get(&(page, short)) {
            return Ok(place.clone());
        }
        let shingle = if short { Shingle::SHORT } else { self.long };
        cache.hashes.clear();
        if cache.keeps_stories {
            let at = self.story_place(page, cache)?;
            shingle.hash_into(&cache.stories[at].words, &mut cache.hashes);
        } else {
            let SetCache { reader, scratch, hashes, .. } = &mut *cache;
            let record = reader.page_at(self.table.at[page as usize])?;
            // Letters take a third of the time, and shingles of words do without.
            let by_words = !self.maker.cuts()
                && matches!(shingle, Shingle::Word(_))
                && shingle.hash_words_into(self.maker.hashes(&record, scratch), hashes);
            if !by_words {
                let story = self.maker.make_again(&record, self.table.parts(page), scratch);
                shingle.hash_into(story, hashes);
            }
            reader.take_back(record);
        }
        let from = cache.sets.len();
        cache.numbers.number_into(&cache.hashes, &mut cache.sets);
        let place = from..cache.sets.len();
        cache.places.insert((page, short), place.clone());
        Ok(place)
    }

    /// Where a page's story lies in the cache.
    pub(super) fn story_place(&self, page: PageId, cache: &mut SetCache<'_>) -> Result<usize> {
        if let Some(&at) = cache.story_at.get(&page) {
            return Ok(at);
        }
        let SetCache { reader, scratch, stories, words_of, story_at, words, .. } = &mut *cache;
        let at = story_at.len();
        if at == stories.len() {
            stories.push(Story::default());
            words_of.push(KnownText::default());
        }
        let story = &mut stories[at];
        if let Some((before, _)) = story.record.take() {
            reader.take_back(before);
        }
        let record = reader.page_at(self.table.at[page as usize])?;
        if self.names_few(page) {
            let title = self.maker.place_whole(&record, &mut story.words);
            story.record = Some((record, title));
        } else {
            self.maker.make_again(&record, self.table.parts(page), scratch);
            reader.take_back(record);
            scratch.swap_story(&mut story.words);
        }
        *words += story.words.len();
        words_of[at].clear();
        story_at.insert(page, at);
        Ok(at)
    }

    /// Whether of the story of a page hardly a letter is asked for: hashes tell its shingles, and no reader
    /// looks at it.
    fn names_few(&self, page: PageId) -> bool {
        self.match_by == MatchBy::Jaccard
            && !self.maker.cuts()
            && matches!(self.long, Shingle::Word(_))
            && !self.is_short(page)
    }

    /// Appends the letters of a word of the story at a place of the cache.
    pub(crate) fn push_word(
        &self,
        at: usize,
        word: usize,
        cache: &mut SetCache<'_>,
        letters: &mut String,
    ) {
        let SetCache { scratch, stories, .. } = cache;
        let Story { words, record } = &stories[at];
        letters.push_str(match record {
            Some((record, title)) => self.maker.letters_of(record, (words, *title), word, scratch),
            None => words.word(word),
        });
    }
}
