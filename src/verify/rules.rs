//! The rules that tell the relations of two stories apart.
//!
//! In: the figures of an alignment ([`Evidence`]). Out: a [`Relation`] and the [`Rule`] that decided. Every
//! constant says what it was measured on. Does not: look at texts.
//!
//! "Measured" means: on 160 pairs of real articles of 14 outlets that careful readers have labeled
//! (86 copies, 53 contained, 8 updates, 11 templates, 2 of one event), drawn in strata of
//! similarity so that the hard ones are many.

use super::differences::Kind;
use super::relation::{Evidence, Relation, Rule, share};

/// What a copy must share: the mean of two shares, of the longer text (weighed by rarity) in words
/// that the shorter has too, and of the shorter one's words in shared runs. The first says how much
/// is shared and is blind to order and small changes, the second that it is the same text. Of 86
/// copies one has less (.586) and the next .607; of updates, events and different stories that no
/// reader takes for a copy the highest has .566, and a story half of whose text is new .5 and what
/// chance adds.
const COPY_SHARED: f64 = 0.6;

/// Share of the shorter text's words in shared runs from which it counts as lying in the longer: 52
/// of 53 digests and shortened stories have it, and no update or template of that shape has more
/// than .712.
const CONTAINS_RUNS: f64 = 0.75;

/// Words in a row that each text must have to itself, and their share of it, from which the two are no
/// copies whatever else they share: to remove either would lose what it alone tells. The words must be
/// others too, half of them by rarity: an opening told anew has the names of the old one. Of 86 copies
/// two have so long a stretch in both texts; they are told anew.
const OWN_STRETCH: u32 = 64;
const OWN_STRETCH_SHARE: f64 = 0.2;
const OTHER_NEWS: f64 = 0.5;

/// Words before all shared text, and their share by rarity that the other text lacks, from which a
/// text opens with a story of its own and the other was pasted below it without a border that the
/// cutting knows. What is pasted is pasted as it stands: its shared runs are this long on the average.
/// A story told anew shares names with the old one from the start, and many short runs: of 86 copies
/// one opens so, and its runs have 8 words.
pub(super) const OTHER_OPENING: u32 = 12;
const OPENING_OWN: f64 = 0.88;
const PASTED_RUN: f64 = 16.0;

/// The same where the other text stands there whole, its title first: the title is then among the words
/// before the shared text, and what it names is in the story. Of 22,700 copies seven open so, with a
/// lead of their own.
const LONG_OPENING: u32 = 24;
const LONG_OPENING_OWN: f64 = 0.75;
const WHOLE_RUNS: f64 = 0.9;
const WHOLE_OPENING: u32 = 3;

/// Length of the shorter over that of the longer, in words, that a copy must have: two thirds of the
/// longer cannot stand in fewer words. The lowest of 86 copies has .629.
pub(super) const COPY_RATIO: f64 = 0.6;

/// Length of the shorter over that of the longer, in words, below which a text that lies in another
/// is a part of it and not its copy. Readers put the border at 1.6 times the words (.625) and are of
/// two minds from .58 to .7; here no pair changes sides between .643 and .655.
const CONTAINS_RATIO: f64 = 0.65;

/// Share of the shorter text's words in shared runs from which it lies *wholly* in the longer: it adds
/// nothing of its own, and the doubt about lengths is settled for the part. (Excerpts of 3 to 7
/// tenths of a story, from the same archive: nine in ten are told by it; no labeled copy is lost.)
const WHOLLY: f64 = 0.97;

/// Share of the longer text's words in shared runs below which a text that lies wholly in it is a
/// part: the upper end of where readers are of two minds.
const WHOLLY_RATIO: f64 = 0.7;

/// Share of the shared shingles that the archive repeats beyond what copies explain, from which the
/// shared text is formula. Nine of 11 templates lie at .71 and above, and four of 86 copies, three
/// of which the facts give back. The other two templates: one shares little, one is known by its
/// numbers.
const FORMULA_SHARE: f64 = 2.0 / 3.0;

/// Share of the text, weighed by rarity, in rare words and numbers that the other lacks, up to which
/// two texts in one formula hold the same facts, if either keeps to it. Of the nine templates one has
/// .033 (and is too short in the longer to be a copy), the others .064 and more; of copies in
/// formula one has .08, the others .037 and less.
const SAME_FACTS: f64 = 0.04;

/// Share of the text, weighed by rarity, that each side of a formula must have to itself to hold
/// other facts even if none of its words is rare, as in an archive of one formula.
const OWN_TEXT: f64 = 0.2;

/// Numbers that each side must have of its own before they say that the facts are others: one may
/// be a misprint, or an hour.
const OWN_NUMBERS: u32 = 2;

/// Changed places with other names or numbers before they speak: an editor may exchange one rare
/// word for another.
const CHANGED_FACTS: u32 = 2;

/// Changed wordings that may be names after all: some names are also common words.
const COMMON_NAMES: u32 = 1;

/// A name and a number (or three names) in which two texts differ make one form filled in twice when
/// *nothing* else was changed, though the archive may hold too few of the kind to know the form: an
/// editor who gets as far as changing facts also changes a word. None of 86 copies is of this kind.
const FILLED_IN: u32 = 2;

/// Words of the shorter text to one place changed in substance, up to which the changes are those of a
/// form filled in, if a number is among them, or a name and nothing was added: weekday, town, street
/// and hour of a power cut, each a common word of its archive. Of 22,700 copies (real, and of two
/// generators) that are told by other rules none changes so much and a number or name.
const WORDS_A_BLANK: u32 = 20;

/// Fewest changed places of such a form, with a number among them and without.
const BLANKS: (u32, u32) = (2, 3);

/// Most places of such a form in which particles alone were changed: an editor who words a text anew, and
/// writes millions in letters, changes more.
const MOST_PARTICLES: u32 = 2;

/// The same for two or more names, and nothing else but them: a telegram to another head of state.
const WORDS_A_NAME: u32 = 30;

/// Share of the places changed in substance that have other names or numbers, from which the text
/// is a formula filled in anew (places where one side has nothing count half): an editor who
/// rewrites changes common words more often than not. Holds only if each text also names again and
/// again what the other never names; none of 86 copies meets both.
const CHANGED_FACTS_SHARE: f64 = 0.5;

/// Share of the shared shingles that is formula from which two texts that name other days of the week are two
/// fillings of it, if their facts differ; and the share of such facts (see [`SAME_FACTS`]) that says so where
/// the archive has too few of the kind to know. Of 52 pairs of real articles that the other rules call
/// copies, and whose days differ, 45 tell of two events: bulletins, executions, accidents. None of the
/// others has a formula of more than .08 and facts of its own, and one has .08 of those.
const DAILY_FORMULA: f64 = 0.1;
const OTHER_DAY_FACTS: f64 = 0.08;

/// Share of the shorter text's words in shared runs from which other names and numbers say that it is a form
/// filled in only if there is one to so many words: an editor who has another word for `projects` and
/// another for `kilogram` changes them in a long text too. Of 23 pairs of real articles with so much in
/// common that differ in names and numbers by the rules below, 17 of the 18 with fewer are one story.
const NEARLY_ALL: f64 = 0.84;
const WORDS_A_FACT: u32 = 60;

/// Share of the shorter text's words in shared runs from which a pair that is neither copy nor
/// contained is an update (or, of other facts, a template); the lowest that readers call so has .457.
const UPDATE_RUNS: f64 = 0.4;

/// Share of the shorter text's words in shared runs, or words in one run, that make an overlap:
/// names with titles in full are up to 11 words long.
const OVERLAP_RUNS: f64 = 0.2;
const OVERLAP_WORDS: u32 = 12;

/// Jaccard of letter 9-shingles from which two texts under
/// [`SHORT_WORDS`](crate::shingle::SHORT_WORDS) words are copies, if their names and numbers agree:
/// one exchanged word in a title of ten leaves about .6. Set by reason, not measured: no labeled pair
/// is that short.
const SHORT_COPY: f64 = 0.6;

impl Evidence {
    /// The rules, the shorter text first.
    pub(super) fn decide(&self) -> (Relation, Rule) {
        if self.words[0] == 0 {
            return (Relation::None, Rule::LittleShared);
        }
        if self.words[0] == self.words[1] && self.longest_run == self.words[0] {
            return (Relation::Copy, Rule::SameWords);
        }
        if let Some(letters) = self.letters {
            return (self.decide_short(letters), Rule::ShortTexts);
        }
        let ratio = share(self.words[0].into(), self.words[1].into());
        let inside = self.in_runs[0] >= CONTAINS_RUNS && ratio < CONTAINS_RATIO
            || self.in_runs[0] >= WHOLLY && self.in_runs[1] < WHOLLY_RATIO;
        let copy =
            f64::midpoint(self.kept[1], self.in_runs[0]) >= COPY_SHARED && ratio >= COPY_RATIO;
        let opens = [0, 1].map(|side| self.opens_otherwise(side));
        if self.shares_text() && opens != [false; 2] {
            (self.pasted(opens), Rule::OtherOpening)
        } else if self.shares_text()
            && let Some(rule) = self.other_facts()
        {
            (Relation::Template, rule)
        } else if inside {
            (Relation::Contains, Rule::InsideLonger)
        } else if copy && self.each_tells_more() {
            (Relation::Update, Rule::NewsOfItsOwn)
        } else if copy && self.is_of_another_day() {
            (Relation::Template, Rule::OtherDays)
        } else if copy && self.other_subjects {
            (Relation::Template, Rule::OtherSubjects)
        } else if copy {
            (Relation::Copy, Rule::MostlyShared)
        } else if self.shares_text() {
            (Relation::Update, Rule::PartlyShared)
        } else if self.in_runs[0] >= OVERLAP_RUNS || self.longest_run >= OVERLAP_WORDS {
            (Relation::Overlaps, Rule::LittleShared)
        } else {
            (Relation::None, Rule::LittleShared)
        }
    }

    /// Whether so much of the shorter text stands in shared runs that its words need weighing.
    pub(super) fn shares_text(&self) -> bool {
        self.in_runs[0] >= UPDATE_RUNS
    }

    /// Whether a text opens with a story of its own, and shares text as it is pasted.
    pub(super) fn opens_otherwise(&self, side: usize) -> bool {
        let other = 1 - side;
        let (words, own) = (self.own_opening[side], self.opening_own[side]);
        let whole = self.in_runs[other] >= WHOLE_RUNS && self.own_opening[other] <= WHOLE_OPENING;
        (words >= OTHER_OPENING && own >= OPENING_OWN
            || whole && words >= LONG_OPENING && own >= LONG_OPENING_OWN)
            && self.in_runs[side] * f64::from(self.words[side]) >= PASTED_RUN * f64::from(self.runs)
    }

    /// How two texts relate of which one or both open with a story of their own: the other may lie in
    /// the one, but is no copy of it, and the one lies in nothing.
    fn pasted(&self, opens: [bool; 2]) -> Relation {
        match opens {
            [false, true] if self.in_runs[0] >= CONTAINS_RUNS => Relation::Contains,
            _ => Relation::Update,
        }
    }

    /// Whether each text goes on for long about what the other does not tell: news of its own beside
    /// what they share, as in two digests with one story in common.
    fn each_tells_more(&self) -> bool {
        (0..2).all(|side| {
            let own = self.own_stretch[side];
            own >= OWN_STRETCH
                && share(own.into(), self.words[side].into()) >= OWN_STRETCH_SHARE
                && self.stretch_own[side] >= OTHER_NEWS
        })
    }

    /// The rule, if any, by which the two are one formula with different facts.
    fn other_facts(&self) -> Option<Rule> {
        let names = self.different[Kind::Name as usize];
        let numbers = self.different[Kind::Number as usize];
        let wordings = self.changed[Kind::Wording as usize];
        let substance = names + numbers + wordings;
        let most_own = |side: usize| {
            let own = self.own_numbers[side].max(self.changed[Kind::Number as usize]);
            own >= OWN_NUMBERS && own * 2 >= self.numbers[side]
        };
        let added = self.changed[Kind::Added as usize];
        if self.formula >= FORMULA_SHARE && self.filled_in_if_formula() {
            Some(Rule::Formula)
        } else if numbers > 0 && most_own(0) && most_own(1) || self.is_other_table() {
            Some(Rule::OtherNumbers)
        } else {
            let places = self.changed[Kind::Name as usize] + self.changed[Kind::Number as usize];
            let facts = share((2 * places).into(), (2 * (places + wordings) + added).into());
            let recurring = self.recurring.iter().all(|&words| words > 0);
            let changed = recurring && places.min(self.exchanged_facts()) >= CHANGED_FACTS;
            let numbers = self.exchanged_numbers();
            let filled_in = names > 0
                && names + numbers >= if numbers > 0 { FILLED_IN } else { FILLED_IN + 1 }
                && added == 0
                && wordings <= COMMON_NAMES;
            let form = filled_in || self.is_form(names, numbers, substance, added);
            let other = changed && facts >= CHANGED_FACTS_SHARE || form;
            (other && !self.changes_little()).then_some(Rule::OtherNames)
        }
    }

    /// Whether the two are one formula with different facts if what they share is formula: if not, it
    /// need not be known whether it is.
    pub(super) fn filled_in_if_formula(&self) -> bool {
        let changed = [Kind::Name, Kind::Number, Kind::Wording, Kind::Added];
        let own_facts = self.own_facts[0].min(self.own_facts[1]);
        let own_text = 1.0 - self.kept[0].max(self.kept[1]);
        let own_numbers = self.own_numbers.iter().all(|&numbers| numbers > 0);
        changed.iter().any(|&kind| self.changed[kind as usize] > 0)
            && (own_facts > SAME_FACTS
                || own_text > OWN_TEXT
                || own_numbers
                || self.different[Kind::Number as usize] > 0
                || self.changed_facts() >= CHANGED_FACTS)
    }

    /// Whether so much of a short text was exchanged, place by place, that it is a form filled in.
    fn is_form(&self, names: u32, numbers: u32, substance: u32, added: u32) -> bool {
        let words = self.words[0];
        // A month by another name is a date too: days count as far as other places have changed.
        let days = self.changed[Kind::Date as usize].min(substance);
        let particles = self.changed[Kind::Function as usize];
        let dense = |places: u32| places * WORDS_A_BLANK >= words && particles <= MOST_PARTICLES;
        let (with_number, without) = BLANKS;
        (dense(substance + days) && numbers > 0 && substance >= with_number)
            || (dense(substance) && names > 0 && added == 0 && substance >= without)
            || (names >= 2 && added <= 1 && names == substance && names * WORDS_A_NAME >= words)
    }

    /// Whether nearly all of a text is in the other, and what differs are a few words of it.
    fn changes_little(&self) -> bool {
        let facts = self.different[Kind::Name as usize] + self.exchanged_numbers();
        let facts = facts.max(self.exchanged_facts());
        self.in_runs[0] >= NEARLY_ALL && facts * WORDS_A_FACT < self.words[0]
    }

    /// How many numbers were exchanged for others. One at the end of a text stands in no gap between shared
    /// runs, so that both texts having one of their own counts too.
    fn exchanged_numbers(&self) -> u32 {
        self.different[Kind::Number as usize].max(self.own_numbers[0].min(self.own_numbers[1]))
    }

    /// How many facts were exchanged for others. What a text names again and again counts word by word: a man
    /// may share his father's name with another, in whose place he then does not stand.
    fn exchanged_facts(&self) -> u32 {
        self.changed_facts().max(self.recurring[0].min(self.recurring[1]))
    }

    /// Whether the two tell of different days, and other things of each.
    fn is_of_another_day(&self) -> bool {
        let own_facts = self.own_facts[0].min(self.own_facts[1]);
        let least = if self.formula >= DAILY_FORMULA { SAME_FACTS } else { OTHER_DAY_FACTS };
        self.other_days && own_facts > least
    }

    /// Different names and numbers that stand in one text where the other has others.
    fn changed_facts(&self) -> u32 {
        self.different[Kind::Name as usize] + self.different[Kind::Number as usize]
    }

    /// The rules for two texts too short to weigh words in.
    fn decide_short(&self, letters: f64) -> Relation {
        let other = self.changed_facts() > 0 || self.own_numbers.iter().all(|&n| n > 0);
        let ratio = share(self.words[0].into(), self.words[1].into());
        match () {
            () if letters >= SHORT_COPY && other => Relation::Template,
            () if letters >= SHORT_COPY => Relation::Copy,
            () if self.in_runs[0] >= CONTAINS_RUNS && ratio < CONTAINS_RATIO => Relation::Contains,
            () if self.in_runs[0] >= UPDATE_RUNS => Relation::Overlaps,
            () => Relation::None,
        }
    }
}
