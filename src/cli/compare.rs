//! `tikrar compare`: two texts in one, word by word.

use std::io::{self, Write};

use tikrar::prove::{ComparedPages, Pages};
use tikrar::verify::differences::Kind;
use tikrar::verify::{DiffRun, RunKind};

use super::args::CompareArgs;
use super::progress::Talk;
use super::show::{Style, count, json};
use super::{Failure, reading};

/// Words that are shown at either end of a long stretch.
const CONTEXT: usize = 12;
/// Words of a stretch that is in one text alone, or has moved, before it is cut short.
const LONGEST: usize = 60;

/// Runs the command.
pub(super) fn run(args: &CompareArgs) -> Result<u8, Failure> {
    let shared = &args.shared;
    let talk = Talk::new(shared.progress, true, false);
    let options = reading::proving(shared);
    let pool = reading::threads(shared.threads)?;
    let compared = pool.install(|| {
        let pages = Pages::open(&args.dir, &options, &talk)?;
        let compared = pages.compare(&args.a, &args.b, args.whole_page)?;
        pages.corpus().check_unchanged()?;
        Ok::<_, tikrar::error::Error>(compared)
    })?;
    let mut out = io::stdout().lock();
    if shared.json {
        json(&mut out, &compared)?;
    } else {
        let style = Style::stdout(shared.color);
        if !shared.quiet {
            head(&mut out, &compared, &style, args.whole_page)?;
        }
        for line in (Drawing { compared: &compared, style: &style, full: args.full }).lines() {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(0)
}

fn head(out: &mut impl Write, pages: &ComparedPages, style: &Style, whole: bool) -> io::Result<()> {
    let comparison = &pages.comparison;
    let words = comparison.judgement.evidence.words;
    for (name, page, words) in [("A", &pages.a, words[0]), ("B", &pages.b, words[1])] {
        writeln!(
            out,
            "{} {}  {} words",
            style.bold(name),
            style.short(&page.id),
            count(words.into())
        )?;
    }
    let verdict = format!("{}: {}", pages.relation.name(), comparison.judgement.reason());
    writeln!(out, "{}", if pages.accepted { style.good(&verdict) } else { style.warn(&verdict) })?;
    writeln!(
        out,
        "jaccard {:.4}, {:.4} of A in B, {:.4} of B in A",
        pages.jaccard, pages.a_in_b, pages.b_in_a
    )?;
    let told: Vec<String> = RunKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let [a, b] = comparison.words(kind);
            let name = match kind {
                RunKind::Same => "same",
                RunKind::Folded => "same but for spelling",
                RunKind::Changed => "changed",
                RunKind::Moved => "moved",
                RunKind::OnlyA => "only in A",
                RunKind::OnlyB => "only in B",
            };
            let number = if a == b || b == 0 || a == 0 {
                count(a.max(b))
            } else {
                format!("{} to {}", count(a), count(b))
            };
            (a + b > 0).then(|| format!("{name} {number}"))
        })
        .collect();
    let kinds: Vec<String> = Kind::ALL
        .into_iter()
        .filter_map(|kind| {
            let places = comparison.places(kind);
            (places > 0).then(|| format!("{} {places}", kind.name()))
        })
        .collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!("; {}", kinds.join(", ")) };
    writeln!(out, "words: {}{kinds}", told.join(", "))?;
    if !whole && pages.a.left_out + pages.b.left_out > 0 {
        writeln!(
            out,
            "left out: {} and {} bytes around the stories (--whole-page shows them)",
            count(pages.a.left_out as u64),
            count(pages.b.left_out as u64)
        )?;
    }
    writeln!(out)
}

/// Two texts, drawn as one.
struct Drawing<'c> {
    compared: &'c ComparedPages,
    style: &'c Style,
    full: bool,
}

/// What a stretch is drawn as.
#[derive(Clone, Copy)]
enum Sign {
    Plain,
    OnlyA,
    OnlyB,
    MovedFrom,
    MovedTo,
}

/// A word, or the end of a line.
#[derive(Clone, Copy, PartialEq)]
enum Piece<'t> {
    Word(&'t str),
    LineEnd,
}

impl Drawing<'_> {
    fn lines(&self) -> Vec<String> {
        let comparison = &self.compared.comparison;
        let (in_a, in_b) = (comparison.in_a(), comparison.in_b());
        let text_a = told(&self.compared.a.text, &in_a, |run| run.a);
        let text_b = told(&self.compared.b.text, &in_b, |run| run.b);
        let mut page = Page { lines: vec![String::new()], style: self.style };
        let (mut i, mut j) = (0, 0);
        loop {
            while let Some(run) = in_a.get(i).filter(|run| !run.kind.is_spine()) {
                let sign = if run.kind == RunKind::Moved { Sign::MovedFrom } else { Sign::OnlyA };
                self.put(&mut page, sign, text_a[i], run.difference);
                i += 1;
            }
            while let Some(run) = in_b.get(j).filter(|run| !run.kind.is_spine()) {
                let sign = if run.kind == RunKind::Moved { Sign::MovedTo } else { Sign::OnlyB };
                self.put(&mut page, sign, text_b[j], run.difference);
                j += 1;
            }
            let Some(run) = in_a.get(i) else { break };
            match run.kind {
                RunKind::Changed => {
                    self.put(&mut page, Sign::OnlyA, text_a[i], None);
                    self.put(&mut page, Sign::OnlyB, text_b[j], run.difference);
                }
                RunKind::Folded => self.put_folded(&mut page, text_a[i], text_b[j]),
                _ => self.put(&mut page, Sign::Plain, text_a[i], None),
            }
            (i, j) = (i + 1, j + 1);
        }
        page.finish()
    }

    fn put(&self, page: &mut Page<'_>, sign: Sign, text: &str, kind: Option<Kind>) {
        let mut pieces = pieces(text);
        // What is said of a stretch stands on its last line.
        let ends_line = pieces.last() == Some(&Piece::LineEnd);
        if ends_line {
            pieces.pop();
        }
        let words = pieces.iter().filter(|piece| **piece != Piece::LineEnd).count();
        let (limit, tail) = match sign {
            Sign::Plain => (2 * CONTEXT, CONTEXT),
            _ => (LONGEST, 0),
        };
        if self.full || words <= limit + 2 {
            page.put(sign, &pieces);
        } else {
            let head = nth_word(&pieces, limit - tail);
            let rest = nth_word(&pieces, words - tail);
            page.put(sign, &pieces[..head]);
            let left_out = count((words - limit) as u64);
            page.note(&format!("… {left_out} words …"));
            page.put(sign, &pieces[rest..]);
        }
        if let Some(kind) = kind {
            page.note(&format!("({})", kind.name()));
        }
        if ends_line {
            page.end_line();
        }
    }

    fn put_folded(&self, page: &mut Page<'_>, a: &str, b: &str) {
        let (left, right) = (pieces(a), pieces(b));
        let words = |pieces: &[Piece<'_>]| {
            pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Word(word) => Some(Style::word(word)),
                    Piece::LineEnd => None,
                })
                .collect::<Vec<_>>()
        };
        let (left_words, right_words) = (words(&left), words(&right));
        if left_words.len() > LONGEST && !self.full {
            self.put(page, Sign::Plain, a, None);
            page.note("(spelling)");
        } else {
            page.folded(&left_words.join(" "), &right_words.join(" "));
        }
        if left.contains(&Piece::LineEnd) {
            page.end_line();
        }
    }
}

/// Where word number `nth` stands among the pieces.
fn nth_word(pieces: &[Piece<'_>], nth: usize) -> usize {
    let mut words = pieces.iter().enumerate().filter(|(_, piece)| **piece != Piece::LineEnd);
    words.nth(nth).map_or(pieces.len(), |(at, _)| at)
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 && pieces.last() != Some(&Piece::LineEnd) {
            pieces.push(Piece::LineEnd);
        }
        pieces.extend(line.split_whitespace().map(Piece::Word));
    }
    pieces
}

/// The text of every run, with the signs that stand before the next.
fn told<'t>(
    text: &'t str,
    runs: &[DiffRun],
    span: impl Fn(&DiffRun) -> tikrar::types::ByteSpan,
) -> Vec<&'t str> {
    let mut starts: Vec<usize> = runs.iter().map(|run| span(run).start as usize).collect();
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    starts.push(text.len());
    starts.windows(2).map(|pair| text.get(pair[0]..pair[1]).unwrap_or_default()).collect()
}

/// Lines in the making.
struct Page<'s> {
    lines: Vec<String>,
    style: &'s Style,
}

impl Page<'_> {
    /// Writes words under a sign; at the end of a line it is closed and opened again.
    fn put(&mut self, sign: Sign, pieces: &[Piece<'_>]) {
        for line in pieces.chunk_by(|a, b| *a != Piece::LineEnd && *b != Piece::LineEnd) {
            let words: Vec<String> = line
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Word(word) => Some(Style::word(word)),
                    Piece::LineEnd => None,
                })
                .collect();
            if words.is_empty() {
                self.end_line();
                continue;
            }
            let words = words.join(" ");
            let drawn = match sign {
                Sign::Plain => words,
                Sign::OnlyA => self.style.bad(&format!("[-{words}-]")),
                Sign::OnlyB => self.style.good(&format!("{{+{words}+}}")),
                Sign::MovedFrom => self.style.moved(&format!("[>{words}>]")),
                Sign::MovedTo => self.style.moved(&format!("{{<{words}<}}")),
            };
            self.add(&drawn);
        }
    }

    fn folded(&mut self, a: &str, b: &str) {
        let drawn = self.style.underlined(&format!("{{={a}|{b}=}}"));
        self.add(&drawn);
    }

    fn note(&mut self, text: &str) {
        let drawn = self.style.faint(text);
        self.add(&drawn);
    }

    fn add(&mut self, drawn: &str) {
        if let Some(line) = self.lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(drawn);
        }
    }

    fn end_line(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.lines.retain(|line| !line.is_empty());
        self.lines.iter().map(|line| self.style.paragraph(line)).collect()
    }
}
