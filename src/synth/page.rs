//! Pages: a story inside the furniture of the outlet that tells it, as a line of JSON.

use super::SynthConfig;
use super::edit::Edit;
use super::language::{Language, Speech, language, push_number};
use super::plan::Slot;
use super::random::Random;
use super::story::{Kind, Story, Teller};

/// Where an outlet puts a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TitlePlace {
    Field,
    Text,
    Both,
}

/// How an outlet's pages look.
#[derive(Clone, Debug)]
struct Outlet {
    name: String,
    host: String,
    title: TitlePlace,
    paragraph: &'static str,
    date: Option<(String, bool)>,
    source: Option<String>,
    keywords: Option<String>,
    related: Related,
    promo: Option<String>,
}

/// What an outlet pastes below a story.
#[derive(Clone, Debug)]
enum Related {
    None,
    Titles(String),
    Story(String),
}

/// Makes pages. Shared by all threads.
#[derive(Debug)]
pub(super) struct Printer {
    teller: Teller,
    language: &'static Language,
    keywords: usize,
    outlets: Vec<Outlet>,
    seed: u64,
    days: u32,
}

/// Buffers of a thread.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    story: Story,
    other: Story,
    edited: String,
    text: String,
}

impl Printer {
    /// For an archive of `days` days.
    pub(super) fn new(config: &SynthConfig, days: u32) -> Self {
        let language = language();
        let SynthConfig { seed, outlets, .. } = *config;
        let related = (config.related * 1000.0).round() as u64;
        let outlet = |number| {
            Outlet::of(Random::of(&[seed, 0x6F75_746C, number]), number, related, language)
        };
        Self {
            teller: Teller::new(seed),
            language,
            keywords: language.rule("keywords"),
            outlets: (0..u64::from(outlets)).map(outlet).collect(),
            seed,
            days,
        }
    }

    fn random(&self, slot: Slot, salt: u64) -> Random {
        Random::of(&[self.seed, u64::from(slot.story), u64::from(slot.copy), salt])
    }

    /// Appends a page as a line of JSON, and its line of the truth.
    pub(super) fn print(
        &self,
        number: u32,
        slot: Slot,
        scratch: &mut Scratch,
        json: &mut Vec<u8>,
        truth: &mut Vec<u8>,
    ) {
        let story = u64::from(slot.story);
        let mut random = self.random(slot, 2);
        let outlet = &self.outlets[random.index(self.outlets.len())];
        let (year, month, day) = date(self.day(slot));
        self.teller.tell(story, &mut scratch.story);
        let edit = Edit::of(slot.copy, scratch.story.body.len(), &mut self.random(slot, 1));
        edit.apply(&scratch.story.body, &self.teller, self.random(slot, 3), &mut scratch.edited);
        let empty = self.teller.kind(story) == Kind::Empty;
        self.lay_out(outlet, empty, story, (year, month, day), &mut random, scratch);

        let mut id = *b"s000000000";
        let mut left = number;
        for digit in id[1..].iter_mut().rev() {
            *digit = b'0' + (left % 10) as u8;
            left /= 10;
        }
        json.extend_from_slice(b"{\"id\":\"");
        json.extend_from_slice(&id);
        json.extend_from_slice(b"\",\"outlet\":\"");
        json.extend_from_slice(outlet.name.as_bytes());
        json.extend_from_slice(b"\",\"url\":\"https://");
        json.extend_from_slice(outlet.host.as_bytes());
        json.push(b'/');
        json.extend_from_slice(&id);
        json.extend_from_slice(b"\",\"date\":\"");
        let four = [year / 1000, year / 100 % 10, year / 10 % 10, year % 10];
        json.extend(four.map(|digit| b'0' + digit as u8));
        for part in [month, day] {
            json.extend([b'-', b'0' + (part / 10) as u8, b'0' + (part % 10) as u8]);
        }
        if outlet.title != TitlePlace::Text {
            json.extend_from_slice(b"\",\"title\":\"");
            escape(&scratch.story.title, json);
        }
        json.extend_from_slice(b"\",\"text\":\"");
        escape(&scratch.text, json);
        json.extend_from_slice(b"\"}\n");

        truth.extend_from_slice(&id);
        truth.push(b'\t');
        let mut name = String::from("t");
        push_number(slot.story, &mut name);
        if empty && slot.copy > 0 {
            // Pages without a word are copies of nothing.
            name.push('.');
            push_number(slot.copy, &mut name);
        }
        truth.extend_from_slice(name.as_bytes());
        truth.extend([b'\t', b'0' + edit.level(), b'\n']);
    }

    /// The text of the page, in `scratch.text`, from its parts.
    fn lay_out(
        &self,
        outlet: &Outlet,
        empty: bool,
        story: u64,
        date: (u32, u32, u32),
        random: &mut Random,
        scratch: &mut Scratch,
    ) {
        let Scratch { story: told, other, edited, text } = scratch;
        text.clear();
        if empty {
            text.push_str(["", " ", "\n", "…"][random.index(4)]);
            return;
        }
        if outlet.title != TitlePlace::Field {
            text.push_str(&told.title);
            text.push('\n');
        }
        if let Some((words, english)) = &outlet.date {
            text.push_str(words);
            text.push_str(": ");
            push_date(date, *english, text);
            text.push('\n');
        }
        for (at, paragraph) in edited.split('\n').enumerate() {
            if at > 0 {
                text.push_str(outlet.paragraph);
            }
            text.push_str(paragraph);
        }
        if let Some(words) = &outlet.source {
            text.extend(["\n", words, ": ", &outlet.name]);
        }
        if let Some(words) = &outlet.keywords {
            text.extend(["\n", words, ": "]);
            let mut speech = Speech::new(text, self.teller.random(story, 7), Some(story));
            self.language.say(self.keywords, &mut speech);
        }
        match &outlet.related {
            Related::None => {}
            Related::Titles(head) => {
                text.extend(["\n", head]);
                for _ in 0..5 {
                    text.push_str("\n  • ");
                    let other = self.teller.earlier(story, random.next());
                    self.teller.title(other, text);
                }
            }
            Related::Story(head) => {
                let number = self.teller.earlier(story, random.next());
                if self.teller.kind(number) == Kind::News {
                    self.teller.tell(number, other);
                    text.extend(["\n", head, ":\n", &other.title, "\n", &other.body]);
                }
            }
        }
        if let Some(words) = &outlet.promo {
            text.extend(["\n", words]);
        }
    }

    fn day(&self, slot: Slot) -> u32 {
        ((u64::from(slot.time) * u64::from(self.days)) >> 32) as u32
    }
}

impl Outlet {
    fn of(mut random: Random, number: u64, related: u64, language: &Language) -> Self {
        let mut say = |rule: &str| {
            let mut text = String::new();
            let speech = Random::of(&[random.next()]);
            language.say(language.rule(rule), &mut Speech::new(&mut text, speech, None));
            text
        };
        let mut name = say("outlet");
        let (date, source, keywords) =
            (say("date_words"), say("source_words"), say("keyword_words"));
        let (story, list, promo) = (say("story_head"), say("list_head"), say("promo"));
        name.push(' ');
        push_number(number as u32 + 1, &mut name);
        let mut host = String::from("outlet");
        push_number(number as u32 + 1, &mut host);
        host.push_str(".example");
        let of = |given: bool, words: String| given.then_some(words);
        Self {
            title: [TitlePlace::Field, TitlePlace::Field, TitlePlace::Text, TitlePlace::Both]
                [random.index(4)],
            paragraph: if random.permille(300) { "\n\n" } else { "\n" },
            date: of(random.permille(500), date).map(|words| (words, random.permille(400))),
            source: of(random.permille(500), source),
            keywords: of(random.permille(400), keywords),
            related: match random.below(1000) {
                draw if draw < related => Related::Story(story),
                draw if draw % 3 == 0 => Related::Titles(list),
                _ => Related::None,
            },
            promo: of(random.permille(250), promo),
            name,
            host,
        }
    }
}

/// The date of a day since the first of January 2019, in the Gregorian calendar.
fn date(day: u32) -> (u32, u32, u32) {
    let (mut year, mut left) = (2019, day);
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let months = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, days) in (1..).zip(months) {
            if left < days {
                return (year, month, left + 1);
            }
            left -= days;
        }
        year += 1;
    }
}

fn push_date((year, month, day): (u32, u32, u32), english: bool, text: &mut String) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    if english {
        push_number(day, text);
        text.push_str(match day {
            1 | 21 | 31 => "st",
            2 | 22 => "nd",
            3 | 23 => "rd",
            _ => "th",
        });
        text.extend([", ", MONTHS[month as usize - 1], " "]);
        push_number(year, text);
        text.push_str(" GMT");
    } else {
        push_number(year, text);
        for part in [month, day] {
            text.push_str(if part < 10 { "-0" } else { "-" });
            push_number(part, text);
        }
    }
}

/// Appends text to JSON; of what JSON escapes, it holds quotes and line ends only.
fn escape(text: &str, json: &mut Vec<u8>) {
    let mut from = 0;
    for at in memchr::memchr2_iter(b'\n', b'"', text.as_bytes()) {
        json.extend_from_slice(&text.as_bytes()[from..at]);
        json.extend_from_slice(if text.as_bytes()[at] == b'\n' { b"\\n" } else { b"\\\"" });
        from = at + 1;
    }
    json.extend_from_slice(&text.as_bytes()[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(date(0), (2019, 1, 1));
        assert_eq!(date(31 + 28), (2019, 3, 1));
        assert_eq!(date(365 + 31 + 28), (2020, 2, 29));
        assert_eq!(date(365 + 366), (2021, 1, 1));
    }
}
