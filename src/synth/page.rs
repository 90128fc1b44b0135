//! Pages: a story inside the furniture of the outlet that tells it, as a line of JSON.

use super::SynthConfig;
use super::edit::Edit;
use super::language::{Language, Speech, language, push_number};
use super::plan::Slot;
use super::random::Random;
use super::story::{Kind, Story, Teller, Told};
use super::text::Text;

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

/// What a page is laid out from.
struct Page<'a> {
    outlet: &'a Outlet,
    story: u64,
    title: &'a Text,
    body: &'a Text,
    date: (u32, u32, u32),
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

/// Some pages, one after the other.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Their lines of JSON.
    pub(super) json: Vec<u8>,
    /// Their lines of the truth.
    pub(super) truth: Vec<u8>,
}

/// Buffers of a thread.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    story: Story,
    other: Story,
    edited: Text,
    text: Text,
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

    /// Who tells the stories.
    pub(super) fn teller(&self) -> &Teller {
        &self.teller
    }

    /// Appends a page as a line of JSON, and its line of the truth. Stories that are not among those
    /// told lately are told again.
    pub(super) fn print(
        &self,
        number: u32,
        slot: Slot,
        told: &Told,
        scratch: &mut Scratch,
        chunk: &mut Chunk,
    ) {
        let Chunk { json, truth } = chunk;
        let story = u64::from(slot.story);
        let mut random = self.random(slot, 2);
        let outlet = &self.outlets[random.index(self.outlets.len())];
        let (year, month, day) = date(self.day(slot));
        let Scratch { story: again, other, edited, text } = scratch;
        let own = told.get(story).unwrap_or_else(|| {
            self.teller.tell(story, again);
            again
        });
        let edit = Edit::of(slot.copy, own.body.len(), &mut self.random(slot, 1));
        let body = if edit.level() == 0 {
            &own.body
        } else {
            edit.apply(own.body.as_str(), &self.teller, self.random(slot, 3), edited);
            &*edited
        };
        let empty = self.teller.kind(story) == Kind::Empty;
        let page = Page { outlet, story, title: &own.title, body, date: (year, month, day) };
        text.clear();
        if empty {
            text.push_str(["", " ", "\n", "…"][random.index(4)]);
        } else {
            self.lay_out(&page, told, &mut random, other, text);
        }

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
            escape(own.title.as_bytes(), json);
        }
        json.extend_from_slice(b"\",\"text\":\"");
        escape(text.as_bytes(), json);
        json.extend_from_slice(b"\"}\n");

        truth.extend_from_slice(&id);
        truth.push(b'\t');
        let name = text;
        name.clear();
        name.push_ascii(b't');
        push_number(slot.story, name);
        if empty && slot.copy > 0 {
            // Pages without a word are copies of nothing.
            name.push_ascii(b'.');
            push_number(slot.copy, name);
        }
        truth.extend_from_slice(name.as_bytes());
        truth.extend([b'\t', b'0' + edit.level(), b'\n']);
    }

    /// The text of a page from its parts, after `text`.
    fn lay_out(
        &self,
        page: &Page<'_>,
        told: &Told,
        random: &mut Random,
        other: &mut Story,
        text: &mut Text,
    ) {
        let Page { outlet, story, title, body, date } = *page;
        if outlet.title != TitlePlace::Field {
            text.push_text(title);
            text.push_ascii(b'\n');
        }
        if let Some((words, english)) = &outlet.date {
            text.extend([words, ": "]);
            push_date(date, *english, text);
            text.push_ascii(b'\n');
        }
        text.push_lines(body, outlet.paragraph);
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
                    let number = self.teller.earlier(story, random.next());
                    match told.get(number) {
                        Some(told) => text.push_text(&told.title),
                        None => self.teller.title(number, text),
                    }
                }
            }
            Related::Story(head) => {
                let number = self.teller.earlier(story, random.next());
                if self.teller.kind(number) == Kind::News {
                    let pasted = told.get(number).unwrap_or_else(|| {
                        self.teller.tell(number, other);
                        other
                    });
                    text.extend(["\n", head, ":\n"]);
                    text.push_text(&pasted.title);
                    text.push_ascii(b'\n');
                    text.push_text(&pasted.body);
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
            let mut text = Text::default();
            let speech = Random::of(&[random.next()]);
            language.say(language.rule(rule), &mut Speech::new(&mut text, speech, None));
            text.as_str().to_owned()
        };
        let mut name = say("outlet");
        let (date, source, keywords) =
            (say("date_words"), say("source_words"), say("keyword_words"));
        let (story, list, promo) = (say("story_head"), say("list_head"), say("promo"));
        let number = (number + 1).to_string();
        name.extend([" ", &number]);
        let host = format!("outlet{number}.example");
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

fn push_date((year, month, day): (u32, u32, u32), english: bool, text: &mut Text) {
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
fn escape(text: &[u8], json: &mut Vec<u8>) {
    let mut from = 0;
    for at in memchr::memchr2_iter(b'\n', b'"', text) {
        json.extend_from_slice(&text[from..at]);
        json.extend_from_slice(if text[at] == b'\n' { b"\\n" } else { b"\\\"" });
        from = at + 1;
    }
    json.extend_from_slice(&text[from..]);
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
