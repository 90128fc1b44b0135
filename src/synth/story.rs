//! Stories: what is told, before anyone copies it.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::language::{Language, Speech, language};
use super::random::Random;
use super::text::Text;

/// Median of the bytes of a story's body; the spread is that of a log-normal law.
const MEDIAN_BYTES: u64 = 1750;

/// What kind of story a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A lead and sentences, in paragraphs.
    News,
    /// A formula with figures of its own: another story's copy in all but its facts.
    Bulletin,
    /// A sentence or two.
    Flash,
    /// Part of another story, and much that is new.
    Update,
    /// Not a word.
    Empty,
}

/// The title and the paragraphs of a story, apart by line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Story {
    /// Title, one line.
    pub(super) title: Text,
    /// Body.
    pub(super) body: Text,
}

/// Stories told lately, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Told {
    first: u64,
    stories: VecDeque<Story>,
}

impl Told {
    /// A story, if it is among them.
    pub(super) fn get(&self, number: u64) -> Option<&Story> {
        self.stories.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Tells all up to `end`, on the current rayon pool, and forgets those far before `from`.
    pub(super) fn go_on(&mut self, from: u64, end: u64, teller: &Teller) {
        let next = self.first + self.stories.len() as u64;
        for _ in next..end {
            // The oldest lends its memory to the newest.
            let old = self.first + BACK < from;
            let story = if old { self.stories.pop_front() } else { None };
            self.first += u64::from(story.is_some());
            let mut story = story.unwrap_or_default();
            story.body.shrink(SPARE);
            self.stories.push_back(story);
        }
        let new = next.saturating_sub(self.first) as usize;
        let stories = self.stories.make_contiguous();
        let number = |at: usize| next + at as u64;
        stories[new..]
            .par_iter_mut()
            .with_min_len(MIN)
            .enumerate()
            .for_each(|(at, story)| teller.tell(number(at), story));
    }
}

/// Stories that one looks back at most.
const BACK: u64 = 2000;
/// Bytes of memory that an old story leaves to a new one at most.
const SPARE: usize = 1 << 14;
/// Stories a thread tells at a time, at least.
const MIN: usize = 8;

/// Everything stories are told with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Teller {
    language: &'static Language,
    seed: u64,
    title: usize,
    lead: usize,
    sentence: usize,
    bulletins: [usize; 2],
}

impl Teller {
    /// Tells the stories of a seed.
    pub(super) fn new(seed: u64) -> Self {
        let language = language();
        Self {
            language,
            seed,
            title: language.rule("title"),
            lead: language.rule("lead"),
            sentence: language.rule("sentence"),
            bulletins: [language.rule("bulletin_prices"), language.rule("bulletin_weather")],
        }
    }

    /// What kind of story this is.
    pub(super) fn kind(&self, story: u64) -> Kind {
        match Random::of(&[self.seed, story, 1]).below(1000) {
            0..20 => Kind::Bulletin,
            20..55 => Kind::Flash,
            55..85 if story > 0 => Kind::Update,
            85..88 => Kind::Empty,
            _ => Kind::News,
        }
    }

    /// Chance that belongs to a story, and for each use another.
    pub(super) fn random(&self, story: u64, salt: u64) -> Random {
        Random::of(&[self.seed, story, salt])
    }

    /// The title of a story.
    pub(super) fn title(&self, story: u64, title: &mut Text) {
        let own = Some(self.own(story));
        let mut speech = Speech::new(title, self.random(story, 2), own);
        self.language.say(self.title, &mut speech);
    }

    /// Tells a story, into `into`.
    pub(super) fn tell(&self, story: u64, into: &mut Story) {
        into.title.clear();
        into.body.clear();
        let kind = self.kind(story);
        if kind == Kind::Empty {
            return;
        }
        self.title(story, &mut into.title);
        match kind {
            Kind::Bulletin => {
                let rule = self.bulletins[self.random(story, 3).index(2)];
                let mut speech = Speech::new(&mut into.body, self.random(story, 4), None);
                for way in 0..self.language.ways(rule) {
                    if way > 0 {
                        speech.text.push_ascii(b'\n');
                    }
                    self.language.say_way(rule, way, &mut speech);
                }
            }
            Kind::Flash => self.sentences(story, 1, &mut into.body),
            Kind::News | Kind::Empty => {
                self.sentences(story, self.length(story), &mut into.body);
            }
            Kind::Update => {
                let length = self.length(story).max(MEDIAN_BYTES / 2);
                self.sentences(story, length, &mut into.body);
                let before = self.earlier(story, 5);
                if self.kind(before) == Kind::News {
                    into.body.push_ascii(b'\n');
                    self.sentences(before, (length / 2).min(self.length(before)), &mut into.body);
                }
            }
        }
    }

    /// A story told a little before another.
    pub(super) fn earlier(&self, story: u64, salt: u64) -> u64 {
        let back = 1 + self.random(story, salt).below(story.clamp(1, BACK));
        story.saturating_sub(back)
    }

    /// Sentences of a story from its lead on, until there are so many bytes.
    fn sentences(&self, story: u64, bytes: u64, body: &mut Text) {
        let mut speech = Speech::new(body, self.random(story, 4), Some(self.own(story)));
        let from = speech.text.len();
        self.language.say(self.lead, &mut speech);
        let mut paragraph = 1 + speech.random.below(3);
        while ((speech.text.len() - from) as u64) < bytes {
            paragraph -= 1;
            if paragraph == 0 {
                paragraph = 1 + speech.random.below(3);
                speech.text.push_ascii(b'\n');
            } else {
                speech.text.push_ascii(b' ');
            }
            self.language.say(self.sentence, &mut speech);
        }
    }

    /// A sentence that no story holds, for an edit.
    pub(super) fn another(&self, random: Random, text: &mut Text) {
        self.language.say(self.sentence, &mut Speech::new(text, random, None));
    }

    fn own(&self, story: u64) -> u64 {
        self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ story
    }

    fn length(&self, story: u64) -> u64 {
        // A standard deviation of 1.4 octaves, and with furniture that of a month of articles.
        let octaves_256 = self.random(story, 6).normal_256() * 7 / 5;
        let (whole, part) = (octaves_256.div_euclid(256), octaves_256.rem_euclid(256) as u64);
        // Between powers of two a straight line is near enough.
        let scaled = MEDIAN_BYTES * (256 + part);
        let length = if whole < 0 { scaled >> (8 - whole) } else { (scaled << whole) >> 8 };
        length.clamp(150, 120_000)
    }
}
