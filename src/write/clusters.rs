//! `clusters.jsonl`, and the lines of what is removed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

use super::archive::LeftOut;
use super::lines::{Lines, write_made};
use super::records::{ClusterLine, MemberLine, RemovedLine, Role, similarity};
use super::run::{Outcome, SUMMARY_LINES};
use super::{OutDir, hex};
use crate::cluster::{Contained, KeepRule, Story};
use crate::error::Result;
use crate::pages::PageId;
use crate::segment::Day;

/// Clusters whose lines a thread makes at a time; a summary names fewer.
const TASK_STORIES: usize = 64;
/// Pages of the next cluster whose records are asked for ahead.
const PAGES_AHEAD: usize = 64;
/// Removed pages whose lines a thread makes at a time.
const TASK_REMOVED: usize = 128;

/// A text of a line that is written: as it lies in the archive, where it can.
type Text<'a> = Cow<'a, str>;

/// A removed page: what of its line is not made again when that is written.
pub(super) struct Removed<'a> {
    page: PageId,
    id: Text<'a>,
    keep: Text<'a>,
    /// The name of its cluster as a number; none for a page that lies in another.
    cluster: Option<u64>,
    similarity: f64,
    exact: bool,
    /// What is lost with it, by number.
    lost: u32,
}

/// Writes `clusters.jsonl`, gathers what is removed, and returns the first lines.
pub(super) fn write_clusters<'a>(
    run: &'a Outcome<'_>,
    dir: Option<&OutDir>,
    removed: &mut Vec<Removed<'a>>,
) -> Result<Vec<ClusterLine>> {
    // The first task has all that a summary names.
    const { assert!(SUMMARY_LINES <= TASK_STORIES) };
    let mut largest = Vec::new();
    let file = dir.map(|dir| dir.file("clusters.jsonl")).transpose()?;
    let tasks: Vec<(usize, &[Story])> = run.stories.chunks(TASK_STORIES).enumerate().collect();
    let make = |&(number, stories): &(usize, &[Story]), lines: &mut Lines<Left<'a>>| {
        let mut named = if number == 0 { SUMMARY_LINES } else { 0 };
        let days = days_of(run, stories);
        for (nth, story) in stories.iter().enumerate() {
            if let Some(next) = stories.get(nth + 1) {
                let soon = pages_of(next).take(PAGES_AHEAD);
                soon.for_each(|page| run.table.fetch_names(run.corpus, page));
            }
            let line = cluster_line(run, story, &days, &mut lines.rest)?;
            lines.add(&line);
            if named > 0 {
                named -= 1;
                lines.rest.push(Left::Named(Box::new(line.into_owned())));
            }
        }
        Ok(())
    };
    write_made(file, &tasks, make, |left| {
        for left in left.drain(..) {
            match left {
                Left::Gone(gone) => removed.push(gone),
                Left::Named(line) => largest.push(*line),
            }
        }
    })?;
    Ok(largest)
}

/// What is left of a cluster whose line is made.
enum Left<'a> {
    /// A page that is removed.
    Gone(Removed<'a>),
    /// The line, if a summary names it.
    Named(Box<ClusterLine>),
}

/// The pages of a story, the kept one first.
fn pages_of(story: &Story) -> impl Iterator<Item = PageId> {
    std::iter::once(story.keep).chain(story.copies.iter().map(|copy| copy.page))
}

/// The days of all pages of some stories, as they are written: many pages have the same.
fn days_of(run: &Outcome<'_>, stories: &[Story]) -> BTreeMap<Day, String> {
    let mut days = BTreeMap::new();
    for day in stories.iter().flat_map(pages_of).filter_map(|page| run.table.day(page)) {
        days.entry(day).or_insert_with(|| day.to_string());
    }
    days
}

/// Makes the line of a story, and adds its removed pages to `left`.
fn cluster_line<'l, 'a: 'l>(
    run: &'a Outcome<'_>,
    story: &Story,
    days: &'l BTreeMap<Day, String>,
    left: &mut Vec<Left<'a>>,
) -> Result<ClusterLine<Text<'l>>> {
    let (keep, keep_url) = run.table.id_and_url(run.corpus, story.keep)?;
    let member = |page: PageId, id: &Text<'a>, url: Option<Text<'a>>| MemberLine {
        id: id.clone(),
        outlet: run.table.sources.outlet_name(page).map(Cow::Borrowed),
        date: run
            .table
            .day(page)
            .and_then(|day| days.get(&day))
            .map(|day| Cow::Borrowed(day.as_str())),
        url,
        similarity: 1.0,
        relation: "self".into(),
        role: Role::Keep,
        removed: false,
    };
    let mut members: Vec<MemberLine<Text<'l>>> = Vec::with_capacity(1 + story.copies.len());
    members.push(member(story.keep, &keep, keep_url));
    let from = left.len();
    for copy in &story.copies {
        let (id, url) = run.table.id_and_url(run.corpus, copy.page)?;
        members.push(MemberLine {
            similarity: similarity(copy.similarity),
            relation: if copy.exact { "exact" } else { "copy" }.into(),
            role: Role::Copy,
            removed: copy.removed,
            ..member(copy.page, &id, url)
        });
        if copy.removed {
            left.push(Left::Gone(Removed {
                page: copy.page,
                id,
                keep: keep.clone(),
                cluster: None,
                similarity: copy.similarity,
                exact: copy.exact,
                lost: copy.lost,
            }));
        }
    }
    let number = cluster_number(members.iter().map(|member| &*member.id).collect());
    for left in &mut left[from..] {
        if let Left::Gone(gone) = left {
            gone.cluster = Some(number);
        }
    }
    let family = match pages_of(story).zip(&members).find(|member| member.0 == story.family) {
        Some((_, member)) => member.id.clone(),
        None => run.table.id_and_url(run.corpus, story.family)?.0,
    };
    let dates = || members.iter().filter_map(|member| member.date.as_ref());
    let mut outlets: Vec<Text<'l>> =
        members.iter().filter_map(|member| member.outlet.clone()).collect();
    outlets.sort_unstable();
    outlets.dedup();
    Ok(ClusterLine {
        cluster: hex_name(number).into(),
        family: hex_name(number_of("family", &[family])).into(),
        size: members.len(),
        outlets,
        first_day: dates().min().cloned(),
        last_day: dates().max().cloned(),
        title: headline_of(run, story.keep)?,
        keep,
        keep_reason: story.keep_reason.map_or("only page", KeepRule::reason).into(),
        members,
    })
}

/// The name of the cluster of the pages with these ids.
pub(crate) fn cluster_name(ids: Vec<String>) -> String {
    hex_name(cluster_number(ids))
}

fn cluster_number<I: AsRef<str> + Ord>(mut ids: Vec<I>) -> u64 {
    ids.sort_unstable();
    number_of("cluster", &ids)
}

/// The first line with anything on it, whatever ends it.
fn first_line(text: &str) -> &str {
    let ends = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.split(ends).map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// The title, or the beginning of the first line.
pub(crate) fn headline<'t>(title: Option<&'t str>, text: &'t str) -> Cow<'t, str> {
    const LONGEST: usize = 120;
    let line =
        title.map(str::trim).filter(|title| !title.is_empty()).unwrap_or_else(|| first_line(text));
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
        None => Cow::Borrowed(line),
    }
}

/// The headline of a page, without reading all of it where its title is plain.
fn headline_of<'a>(run: &'a Outcome<'_>, page: PageId) -> Result<Text<'a>> {
    match run.corpus.title_at(run.table.at[page as usize]) {
        Some(title) if !title.trim().is_empty() => Ok(headline(Some(title), "")),
        _ => {
            let record = run.table.record(run.corpus, page)?;
            Ok(headline(record.title.as_deref(), &record.text).into_owned().into())
        }
    }
}

/// The pages that are removed because another page holds their story.
pub(super) fn removed_parts<'a>(run: &'a Outcome<'_>) -> Result<Vec<Removed<'a>>> {
    let gone = |part: &Contained| {
        Ok(Removed {
            page: part.page,
            id: run.table.id_and_url(run.corpus, part.page)?.0,
            keep: run.table.id_and_url(run.corpus, part.keep)?.0,
            cluster: None,
            similarity: part.similarity,
            exact: false,
            lost: part.lost,
        })
    };
    run.contained.iter().map(gone).collect()
}

impl Removed<'_> {
    /// The page.
    pub(super) fn page(&self) -> PageId {
        self.page
    }

    /// Where its record lies.
    pub(super) fn place(&self, run: &Outcome<'_>) -> LeftOut {
        let at = run.table.at[self.page as usize];
        LeftOut { file: at.file, offset: at.offset, length: u64::from(at.length) }
    }

    /// Whether the kept page has the same text.
    pub(super) fn is_exact(&self) -> bool {
        self.cluster.is_some() && self.exact
    }

    fn line<'l>(&'l self, run: &'l Outcome<'_>) -> RemovedLine<Text<'l>> {
        let at = run.table.at[self.page as usize];
        let reason = match self.cluster {
            None => "contains",
            Some(_) if self.exact => "exact",
            Some(_) => "copy",
        };
        RemovedLine {
            id: Cow::Borrowed(&self.id),
            path: Cow::Borrowed(run.table.file(run.corpus, self.page).name()),
            offset: at.offset,
            length: u64::from(at.length),
            sha256: hex(&Sha256::digest(run.corpus.record_bytes(at))).into(),
            reason: reason.into(),
            cluster: self.cluster.map(|number| hex_name(number).into()),
            keep: Cow::Borrowed(&self.keep),
            similarity: similarity(self.similarity),
            lost_words: run.lost.count(self.lost),
            lost_rarest: run.lost.rarest(self.lost).map(Cow::Borrowed).collect(),
        }
    }
}

/// Writes `removed.jsonl`.
pub(super) fn write_removed(
    run: &Outcome<'_>,
    dir: &OutDir,
    removed: &[Removed<'_>],
) -> Result<()> {
    let tasks: Vec<&[Removed<'_>]> = removed.chunks(TASK_REMOVED).collect();
    let make = |task: &&[Removed<'_>], lines: &mut Lines<()>| {
        task.iter().for_each(|gone| lines.add(&gone.line(run)));
        Ok(())
    };
    write_made(Some(dir.file("removed.jsonl")?), &tasks, make, |_| {})
}

/// A stable number from ids: 64 of the 128 bits of their hash.
fn number_of<I: AsRef<str>>(kind: &str, ids: &[I]) -> u64 {
    let lengths: usize = ids.iter().map(|id| size_of::<u64>() + id.as_ref().len()).sum();
    let mut bytes = Vec::with_capacity(kind.len() + lengths);
    bytes.extend_from_slice(kind.as_bytes());
    for id in ids.iter().map(AsRef::as_ref) {
        // The length goes in, so that no two lists of ids run together into the same bytes.
        bytes.extend_from_slice(&(id.len() as u64).to_le_bytes());
        bytes.extend_from_slice(id.as_bytes());
    }
    (xxh3_128(&bytes) >> 64) as u64
}

fn hex_name(number: u64) -> String {
    hex(&number.to_be_bytes())
}
