//! `clusters.jsonl`, and the lines of what is removed.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

use super::archive::LeftOut;
use super::lines::{Lines, write_made};
use super::records::{ClusterLine, MemberLine, RemovedLine, Role, similarity};
use super::run::{Outcome, SUMMARY_LINES, id_of};
use super::{OutDir, hex};
use crate::cluster::{Contained, KeepRule, Member, Story};
use crate::error::Result;
use crate::pages::PageId;

/// Clusters whose lines a thread makes at a time; a summary names fewer.
const TASK_STORIES: usize = 64;
/// Removed pages whose lines a thread makes at a time.
const TASK_REMOVED: usize = 128;

/// A removed page: what of its line is not made again when that is written.
pub(super) struct Removed {
    page: PageId,
    id: Box<str>,
    keep: Arc<str>,
    /// The name of its cluster as a number; none for a page that lies in another.
    cluster: Option<u64>,
    similarity: f64,
    exact: bool,
    /// What is lost with it, by number.
    lost: u32,
}

/// Writes `clusters.jsonl`, gathers what is removed, and returns the first lines.
pub(super) fn write_clusters(
    run: &Outcome<'_>,
    dir: Option<&OutDir>,
    removed: &mut Vec<Removed>,
) -> Result<Vec<ClusterLine>> {
    // The first task has all that a summary names.
    const { assert!(SUMMARY_LINES <= TASK_STORIES) };
    let mut largest = Vec::new();
    let file = dir.map(|dir| dir.file("clusters.jsonl")).transpose()?;
    let tasks: Vec<(usize, &[Story])> = run.stories.chunks(TASK_STORIES).enumerate().collect();
    let make = |&(number, stories): &(usize, &[Story]), lines: &mut Lines<Made>| {
        let mut named = if number == 0 { SUMMARY_LINES } else { 0 };
        for story in stories {
            let (line, removed) = cluster_line(run, story)?;
            lines.add(&line);
            let line = (named > 0).then_some(line);
            named = named.saturating_sub(1);
            lines.rest.push(Made { line, removed });
        }
        Ok(())
    };
    write_made(file, &tasks, make, |made| {
        for made in made.drain(..) {
            removed.extend(made.removed);
            largest.extend(made.line);
        }
    })?;
    Ok(largest)
}

/// What is left of a cluster whose line is made.
struct Made {
    /// The line, if a summary names it.
    line: Option<ClusterLine>,
    removed: Vec<Removed>,
}

fn cluster_line(run: &Outcome<'_>, story: &Story) -> Result<(ClusterLine, Vec<Removed>)> {
    let keeper = describe(run, story.keep)?;
    let title = headline_of(run, story.keep)?;
    let mut members = vec![MemberLine {
        similarity: 1.0,
        relation: "self".into(),
        role: Role::Keep,
        removed: false,
        ..keeper.clone()
    }];
    for copy in &story.copies {
        let page = describe(run, copy.page)?;
        members.push(MemberLine {
            similarity: similarity(copy.similarity),
            relation: if copy.exact { "exact" } else { "copy" }.into(),
            role: Role::Copy,
            removed: copy.removed,
            ..page
        });
    }
    let number = cluster_number(members.iter().map(|member| member.id.as_str()).collect());
    let cluster = hex_name(number);
    let keep: Arc<str> = keeper.id.as_str().into();
    let gone = |(copy, member): (&Member, &MemberLine)| Removed {
        page: copy.page,
        id: member.id.as_str().into(),
        keep: Arc::clone(&keep),
        cluster: Some(number),
        similarity: copy.similarity,
        exact: copy.exact,
        lost: copy.lost,
    };
    let copies = story.copies.iter().zip(&members[1..]);
    let removed = copies.filter(|(copy, _)| copy.removed).map(gone).collect();
    let pages = std::iter::once(story.keep).chain(story.copies.iter().map(|copy| copy.page));
    let family = match pages.zip(&members).find(|member| member.0 == story.family) {
        Some((_, member)) => member.id.clone(),
        None => id_of(run, story.family)?,
    };
    let days = || members.iter().filter_map(|member| member.date.clone());
    let mut outlets: Vec<String> = members.iter().filter_map(|m| m.outlet.clone()).collect();
    outlets.sort();
    outlets.dedup();
    let line = ClusterLine {
        family: hex_name(number_of("family", &[family])),
        size: members.len(),
        outlets,
        first_day: days().min(),
        last_day: days().max(),
        title,
        keep: keeper.id,
        keep_reason: story.keep_reason.map_or("only page", KeepRule::reason).into(),
        cluster,
        members,
    };
    Ok((line, removed))
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
pub(crate) fn headline(title: Option<&str>, text: &str) -> String {
    const LONGEST: usize = 120;
    let line =
        title.map(str::trim).filter(|title| !title.is_empty()).unwrap_or_else(|| first_line(text));
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The headline of a page, without reading all of it where its title is plain.
fn headline_of(run: &Outcome<'_>, page: PageId) -> Result<String> {
    match run.corpus.title_at(run.table.at[page as usize]) {
        Some(title) if !title.trim().is_empty() => Ok(headline(Some(title), "")),
        _ => {
            let record = run.table.record(run.corpus, page)?;
            Ok(headline(record.title.as_deref(), &record.text))
        }
    }
}

/// The pages that are removed because another page holds their story.
pub(super) fn removed_parts(run: &Outcome<'_>) -> Result<Vec<Removed>> {
    let gone = |part: &Contained| {
        Ok(Removed {
            page: part.page,
            id: id_of(run, part.page)?.into(),
            keep: id_of(run, part.keep)?.into(),
            cluster: None,
            similarity: part.similarity,
            exact: false,
            lost: part.lost,
        })
    };
    run.contained.iter().map(gone).collect()
}

impl Removed {
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

    fn line(&self, run: &Outcome<'_>) -> RemovedLine {
        let at = run.table.at[self.page as usize];
        let lost = run.lost.get(self.lost);
        let reason = match self.cluster {
            None => "contains",
            Some(_) if self.exact => "exact",
            Some(_) => "copy",
        };
        RemovedLine {
            id: self.id.as_ref().to_owned(),
            path: run.table.file(run.corpus, self.page).name().to_owned(),
            offset: at.offset,
            length: u64::from(at.length),
            sha256: hex(&Sha256::digest(run.corpus.record_bytes(at))),
            reason: reason.into(),
            cluster: self.cluster.map(hex_name),
            keep: self.keep.as_ref().to_owned(),
            similarity: similarity(self.similarity),
            lost_words: lost.count,
            lost_rarest: lost.rarest,
        }
    }
}

/// Writes `removed.jsonl`.
pub(super) fn write_removed(run: &Outcome<'_>, dir: &OutDir, removed: &[Removed]) -> Result<()> {
    let tasks: Vec<&[Removed]> = removed.chunks(TASK_REMOVED).collect();
    let make = |task: &&[Removed], lines: &mut Lines<()>| {
        task.iter().for_each(|gone| lines.add(&gone.line(run)));
        Ok(())
    };
    write_made(Some(dir.file("removed.jsonl")?), &tasks, make, |_| {})
}

/// A stable number from ids: 64 of the 128 bits of their hash.
fn number_of<I: AsRef<str>>(kind: &str, ids: &[I]) -> u64 {
    let mut bytes = kind.as_bytes().to_vec();
    for id in ids.iter().map(AsRef::as_ref) {
        // The length goes in, so that no two lists of ids run together into the same bytes.
        bytes.extend_from_slice(&(id.len() as u64).to_le_bytes());
        bytes.extend_from_slice(id.as_bytes());
    }
    (xxh3_128(&bytes) >> 64) as u64
}

fn hex_name(number: u64) -> String {
    format!("{number:016x}")
}

/// Who a page is; its part in the cluster is filled in by the caller.
fn describe(run: &Outcome<'_>, page: PageId) -> Result<MemberLine> {
    let (id, url) = run.table.id_and_url(run.corpus, page)?;
    Ok(MemberLine {
        id,
        outlet: run.table.sources.outlet_name(page).map(str::to_owned),
        date: run.table.day(page).map(|day| day.to_string()),
        url,
        similarity: 1.0,
        relation: "self".into(),
        role: Role::Keep,
        removed: false,
    })
}
