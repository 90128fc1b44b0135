//! `clusters.jsonl`, and the lines of what is removed.

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

use super::archive::LeftOut;
use super::records::{ClusterLine, MemberLine, RemovedLine, Role, similarity};
use super::run::{Outcome, SUMMARY_LINES, id_of};
use super::{OutDir, hex};
use crate::cluster::{KeepRule, LostWords, Member, Story};
use crate::error::Result;
use crate::pages::PageId;
use crate::read::PageRecord;

/// Clusters whose lines are made at a time.
const BATCH: usize = 4096;

/// A removed page: where its record lies, and its line.
pub(super) type Removed = (LeftOut, RemovedLine);

/// Writes `clusters.jsonl`, gathers what is removed, and returns the first lines.
pub(super) fn write_clusters(
    run: &Outcome<'_>,
    dir: Option<&OutDir>,
    removed: &mut Vec<Removed>,
) -> Result<Vec<ClusterLine>> {
    let mut largest = Vec::new();
    let batches = run.stories.chunks(BATCH).map(|stories| {
        let made: Vec<(ClusterLine, Vec<Removed>)> =
            stories.par_iter().map(|story| cluster_line(run, story)).collect::<Result<_>>()?;
        Ok(made)
    });
    let mut file = dir.map(|dir| dir.file("clusters.jsonl")).transpose()?;
    for batch in batches {
        let batch: Result<Vec<_>> = batch;
        for (line, gone) in batch? {
            removed.extend(gone);
            if let Some(file) = &mut file {
                file.line(&line)?;
            }
            if largest.len() < SUMMARY_LINES {
                largest.push(line);
            }
        }
    }
    if let Some(file) = file {
        file.finish()?;
    }
    Ok(largest)
}

fn cluster_line(run: &Outcome<'_>, story: &Story) -> Result<(ClusterLine, Vec<Removed>)> {
    let record = run.table.record(run.corpus, story.keep)?;
    let keeper = describe(run, story.keep, &record);
    let title = headline(record.title.as_deref(), &record.text);
    let mut ids = vec![keeper.id.clone()];
    let mut members = vec![MemberLine {
        similarity: 1.0,
        relation: "self".into(),
        role: Role::Keep,
        removed: false,
        ..keeper.clone()
    }];
    for copy in &story.copies {
        let record = run.table.record(run.corpus, copy.page)?;
        let page = describe(run, copy.page, &record);
        ids.push(page.id.clone());
        members.push(MemberLine {
            similarity: similarity(copy.similarity),
            relation: if copy.exact { "exact" } else { "copy" }.into(),
            role: Role::Copy,
            removed: copy.removed,
            ..page
        });
    }
    let cluster = cluster_name(ids);
    let gone = |copy: &Member, member: &MemberLine| RemovedLine {
        reason: if copy.exact { "exact" } else { "copy" }.into(),
        cluster: Some(cluster.clone()),
        similarity: member.similarity,
        ..removed_line(run, copy.page, &member.id, &keeper.id, &copy.lost)
    };
    let removed = story
        .copies
        .iter()
        .zip(&members[1..])
        .filter(|(copy, _)| copy.removed)
        .map(|(copy, member)| (place(run, copy.page), gone(copy, member)))
        .collect();
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
        family: name_of("family", &[family]),
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
pub(crate) fn cluster_name(mut ids: Vec<String>) -> String {
    ids.sort();
    name_of("cluster", &ids)
}

/// The title, or the beginning of the first line.
fn headline(title: Option<&str>, text: &str) -> String {
    const LONGEST: usize = 120;
    let line = title
        .map(str::trim)
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| text.trim_start().lines().next().unwrap_or_default().trim());
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn place(run: &Outcome<'_>, page: PageId) -> LeftOut {
    let at = run.table.at[page as usize];
    LeftOut { file: at.file, offset: at.offset, length: u64::from(at.length) }
}

fn removed_line(
    run: &Outcome<'_>,
    page: PageId,
    id: &str,
    keep: &str,
    lost: &LostWords,
) -> RemovedLine {
    let at = run.table.at[page as usize];
    RemovedLine {
        id: id.to_owned(),
        path: run.table.file(run.corpus, page).name().to_owned(),
        offset: at.offset,
        length: u64::from(at.length),
        sha256: hex(&Sha256::digest(run.corpus.record_bytes(at))),
        reason: "contains".into(),
        cluster: None,
        keep: keep.to_owned(),
        similarity: 0.0,
        lost_words: lost.count,
        lost_rarest: lost.rarest.clone(),
    }
}

/// Adds the pages that are removed because another page holds their story.
pub(super) fn removed_parts(run: &Outcome<'_>, removed: &mut Vec<Removed>) -> Result<()> {
    for part in run.contained {
        let (id, keep) = (id_of(run, part.page)?, id_of(run, part.keep)?);
        let line = removed_line(run, part.page, &id, &keep, &part.lost);
        let line = RemovedLine { similarity: similarity(part.similarity), ..line };
        removed.push((place(run, part.page), line));
    }
    Ok(())
}

/// A stable name from ids: 64 of the 128 bits of their hash.
fn name_of(kind: &str, ids: &[String]) -> String {
    let mut bytes = kind.as_bytes().to_vec();
    for id in ids {
        // The length goes in, so that no two lists of ids run together into the same bytes.
        bytes.extend_from_slice(&(id.len() as u64).to_le_bytes());
        bytes.extend_from_slice(id.as_bytes());
    }
    format!("{:016x}", (xxh3_128(&bytes) >> 64) as u64)
}

/// Who a page is; its part in the cluster is filled in by the caller.
fn describe(run: &Outcome<'_>, page: PageId, record: &PageRecord<'_>) -> MemberLine {
    MemberLine {
        id: run.table.id(run.corpus, page, record),
        outlet: run.table.sources.outlet_name(page).map(str::to_owned),
        date: run.table.day(page).map(|day| day.to_string()),
        url: record.url.as_deref().map(str::to_owned),
        similarity: 1.0,
        relation: "self".into(),
        role: Role::Keep,
        removed: false,
    }
}
