//! Why a page was kept, removed or rejected.

use std::path::Path;

use super::explanation::{Compared, Explanation, Fate, PageBlock, Parts, Related, Version};
use super::pages::Pages;
use super::pasted::pasted;
use super::removals::Membership;
use super::run::{ProveOptions, SavedRun};
use super::verify::Proof;
use crate::cluster::{KeptWords, LostWords};
use crate::error::{Error, ErrorKind, Result};
use crate::pages::PageId;
use crate::passage::{PassageMaker, PassageScratch};
use crate::progress::Progress;
use crate::saved::{Lines, has_folder};
use crate::segment::SegmentKind;
use crate::verify::{Judge, PairScore, Relation, StoryText};
use crate::write::{
    BlockLine, ClusterLine, MemberLine, PairLine, RejectLine, RemovedLine, Role, headline,
};

/// Related pages that are told.
const RELATED: usize = 20;
/// Members of the page's cluster that are told.
const MEMBERS: usize = 20;

/// Explains what became of a page (or, by `PATH#LINE`, of a reject) of the run in `dir`.
///
/// # Errors
/// When the run or its archive cannot be opened, or has no such page (the nearest ids are named).
pub fn explain(
    dir: &Path,
    id: &str,
    options: &ProveOptions,
    progress: &dyn Progress,
) -> Result<Explanation> {
    let run = SavedRun::open(dir)?;
    for line in Lines::<RejectLine>::open(&dir.join("rejected.jsonl"), progress)? {
        let line = line?;
        if id == format!("{}#{}", line.path, line.line)
            || id == line.path && line.offset == 0 && is_whole(&run, &line)
        {
            return Ok(of_reject(dir, id, line));
        }
    }
    let pages = Pages::open(dir, options, progress)?;
    let page = pages.expect(id)?;
    let told = Explainer { pages: &pages, page, maker: pages.maker(), progress }.explain(id)?;
    pages.corpus().check_unchanged()?;
    Ok(told)
}

fn is_whole(run: &SavedRun, line: &RejectLine) -> bool {
    run.inputs.iter().any(|input| input.name == line.path && input.bytes == line.length)
}

fn of_reject(dir: &Path, id: &str, line: RejectLine) -> Explanation {
    let folder = dir.join("rejected");
    let kept = has_folder(dir, "rejected");
    let bytes =
        if kept { format!("; its bytes are in {}", folder.display()) } else { String::new() };
    Explanation {
        decision: format!("not understood ({}): {}{bytes}", line.code, line.error),
        offset: line.offset,
        length: line.length,
        path: line.path,
        ..empty(id, Fate::Rejected)
    }
}

fn empty(id: &str, fate: Fate) -> Explanation {
    Explanation {
        id: id.to_owned(),
        fate,
        decision: String::new(),
        path: String::new(),
        offset: 0,
        length: 0,
        outlet: None,
        date: None,
        title: None,
        origin: None,
        cluster: None,
        other: None,
        lost_words: None,
        lost_rarest: Vec::new(),
        parts: None,
        versions: Vec::new(),
        related: Vec::new(),
        has_pairs: false,
        commands: Vec::new(),
    }
}

struct Explainer<'p> {
    pages: &'p Pages,
    page: PageId,
    maker: PassageMaker<'p>,
    progress: &'p dyn Progress,
}

impl Explainer<'_> {
    fn explain(&self, id: &str) -> Result<Explanation> {
        let (pages, table) = (self.pages, self.pages.table());
        let record = pages.record(self.page)?;
        let at = table.at[self.page as usize];
        let dir = &pages.run().dir;
        let removed = self.find("removed.jsonl", |line: &RemovedLine| line.id == id)?;
        let fate = if removed.is_some() { Fate::Removed } else { Fate::Kept };
        let (cluster, versions) = self.clusters(id)?;
        let mut told = Explanation {
            path: table.file(pages.corpus(), self.page).name().to_owned(),
            offset: at.offset,
            length: u64::from(at.length),
            outlet: record.outlet.as_deref().map(str::to_owned),
            date: table.day(self.page).map(|day| day.to_string()),
            title: Some(headline(record.title.as_deref(), &record.text).into_owned()),
            origin: Some(pages.origin()),
            versions,
            ..empty(id, fate)
        };
        let member = cluster.as_ref().and_then(|c| c.members.iter().find(|m| m.id == id));
        let other = match (&removed, member, &cluster) {
            (Some(line), ..) => Some(line.keep.clone()),
            (_, Some(member), Some(cluster)) if member.role == Role::Copy => {
                Some(cluster.keep.clone())
            }
            (_, _, Some(cluster)) => weakest(cluster).map(|member| member.id.clone()),
            _ => None,
        };
        if let Some(other) = other {
            told.other = Some(self.compared(&other)?);
            let is_copy = member.is_some_and(|m| m.role == Role::Copy);
            let lost = match (&removed, pages.find(&other)?) {
                (Some(line), _) => Some((line.lost_words, line.lost_rarest.clone())),
                (None, Some(keep)) if is_copy => {
                    let lost = self.lost(keep)?;
                    Some((lost.count, lost.rarest))
                }
                _ => None,
            };
            if let Some((words, rarest)) = lost {
                told.lost_words = Some(words);
                told.lost_rarest = rarest;
            }
            told.commands.push(command("compare", &[id, &other], dir));
        }
        told.decision =
            decision(removed.as_ref(), member, cluster.as_ref(), &told, &pages.run().matching);
        told.parts = Some(self.parts(id, &record.text)?);
        let pairs = dir.join("pairs.jsonl");
        told.has_pairs = pairs.exists();
        if told.has_pairs {
            told.related = related(id, &pairs, self.progress)?;
        }
        let known = told.other.as_ref().map(|other| other.id.as_str());
        if let Some(first) = told.related.iter().find(|page| Some(page.id.as_str()) != known) {
            told.commands.push(command("compare", &[id, &first.id], dir));
        }
        told.cluster = cluster.map(|mut cluster| {
            cluster.members.truncate(MEMBERS);
            cluster
        });
        Ok(told)
    }

    /// The first line of a file that is `wanted`.
    fn find<T: serde::de::DeserializeOwned>(
        &self,
        name: &str,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Option<T>> {
        for line in Lines::<T>::open(&self.pages.run().dir.join(name), self.progress)? {
            let line = line?;
            if wanted(&line) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// The cluster of the page, and the others of its family.
    fn clusters(&self, id: &str) -> Result<(Option<ClusterLine>, Vec<Version>)> {
        let path = self.pages.run().dir.join("clusters.jsonl");
        let mut own: Option<ClusterLine> = None;
        for line in Lines::<ClusterLine>::open(&path, self.progress)? {
            let line = line?;
            if line.members.iter().any(|member| member.id == id) {
                own = Some(line);
                break;
            }
        }
        let Some(own) = own else {
            return Ok((None, Vec::new()));
        };
        let mut versions = Vec::new();
        for line in Lines::<ClusterLine>::open(&path, self.progress)? {
            let line = line?;
            if line.family == own.family && line.cluster != own.cluster {
                let ClusterLine { cluster, keep, size, .. } = line;
                versions.push(Version { cluster, keep, size });
            }
        }
        Ok((Some(own), versions))
    }

    fn compared(&self, other: &str) -> Result<Compared> {
        let there = self.pages.find(other)?.ok_or_else(|| {
            let reason = format!("a page that it names is not in the archive: {other:?}");
            Error::from(ErrorKind::RunDamaged { path: self.pages.run().dir.clone(), reason })
        })?;
        let verifier = self.pages.verifier(&self.maker);
        let pair = verifier.scored(self.page, there, true, &mut verifier.cache())?;
        let (a, b) = (self.pages.record(self.page)?, self.pages.record(there)?);
        let [mut left, mut right] = [(); 2].map(|()| PassageScratch::default());
        let stories = [self.maker.make(&a, &mut left), self.maker.make(&b, &mut right)];
        let [story_a, story_b] = stories.map(|folded| StoryText { folded });
        let judgement = Judge::new(self.pages.frequencies()).judge(story_a, story_b);
        let whole = self.maker.of_whole_pages();
        let long = self.pages.run().matching.long_shingle();
        let (mut set_a, mut set_b) = (Vec::new(), Vec::new());
        long.set_into(whole.make(&a, &mut left), &mut set_a);
        long.set_into(whole.make(&b, &mut right), &mut set_b);
        Ok(Compared {
            id: other.to_owned(),
            story: pair.score.into(),
            page: PairScore::of(&set_a, &set_b).into(),
            relation: pair.relation,
            reason: judgement.reason(),
            judgement,
        })
    }

    /// What would be lost with the page, which is a copy of `keep` and stays.
    fn lost(&self, keep: PageId) -> Result<LostWords> {
        let (page, keeper) = (self.pages.record(self.page)?, self.pages.record(keep)?);
        let [mut left, mut right] = [(); 2].map(|()| PassageScratch::default());
        let (story, kept) =
            (self.maker.make(&page, &mut left), self.maker.make(&keeper, &mut right));
        let frequencies = self.pages.frequencies();
        let mut lost = KeptWords::of(kept).lost(story, frequencies);
        // What is wrong with the run is for `verify` to tell.
        let (mut membership, mut proof) = (Membership::default(), Proof::default());
        membership.read(self.pages, &mut proof, self.progress)?;
        let pasted = pasted(self.pages, &membership, Vec::new(), &mut proof, self.progress)?;
        let reading = &mut self.pages.pasted_reader(&self.maker);
        lost.join(pasted.lost(self.page, keep, reading)?, frequencies);
        Ok(lost)
    }

    fn parts(&self, id: &str, text: &str) -> Result<Parts> {
        let mut scratch = PassageScratch::default();
        self.maker.make(&self.pages.record(self.page)?, &mut scratch);
        let mut parts = Parts { bytes: text.len() as u64, ..Parts::default() };
        if scratch.segments().segments.is_empty() {
            parts.story = parts.bytes;
        }
        for part in &scratch.segments().segments {
            let bytes = part.span.len() as u64;
            match part.kind {
                SegmentKind::Title | SegmentKind::Body => parts.story += bytes,
                SegmentKind::RelatedHead
                | SegmentKind::RelatedTitle
                | SegmentKind::RelatedStory
                | SegmentKind::RelatedList => parts.related += bytes,
                _ => parts.other += bytes,
            }
        }
        let path = self.pages.run().dir.join("blocks.jsonl");
        if path.exists() {
            for line in Lines::<BlockLine<'static>>::open(&path, self.progress)? {
                let line = line?;
                for place in line.occurrences.iter().filter(|place| place.id == id) {
                    parts.blocks.push(PageBlock {
                        block: line.block.clone(),
                        kind: line.kind.clone(),
                        start: place.start,
                        end: place.end,
                        pages: line.pages,
                        story: line.story.clone(),
                        title: headline(line.title.as_deref(), &line.text).into_owned(),
                    });
                }
            }
            parts.blocks.sort_by_key(|block| (block.start, block.end));
        }
        Ok(parts)
    }
}

/// Pages that pairs.jsonl relates to this one without being its copies.
fn related(id: &str, pairs: &Path, progress: &dyn Progress) -> Result<Vec<Related>> {
    let mut related = Vec::new();
    for line in Lines::<PairLine>::open(pairs, progress)? {
        let line = line?;
        let uninteresting = line.accepted || line.relation == Relation::None;
        if uninteresting || (line.a != id && line.b != id) {
            continue;
        }
        let own_first = line.a == id;
        let (part, other_part) =
            if own_first { (line.a_part, line.b_part) } else { (line.b_part, line.a_part) };
        let (in_other, of_other) =
            if own_first { (line.a_in_b, line.b_in_a) } else { (line.b_in_a, line.a_in_b) };
        related.push(Related {
            id: if own_first { line.b } else { line.a },
            relation: line.relation,
            jaccard: line.jaccard,
            in_other,
            of_other,
            part,
            other_part,
        });
    }
    related.sort_by(|a, b| {
        let strength = |r: &Related| r.in_other.max(r.of_other);
        (a.relation.cmp(&b.relation))
            .then(strength(b).total_cmp(&strength(a)))
            .then_with(|| a.id.cmp(&b.id))
    });
    related.truncate(RELATED);
    Ok(related)
}

/// The copy that is least like its keeper.
fn weakest(cluster: &ClusterLine) -> Option<&MemberLine> {
    let copies = cluster.members.iter().filter(|member| member.role == Role::Copy);
    copies.min_by(|a, b| a.similarity.total_cmp(&b.similarity))
}

fn decision(
    removed: Option<&RemovedLine>,
    member: Option<&MemberLine>,
    cluster: Option<&ClusterLine>,
    told: &Explanation,
    matching: &crate::config::MatchConfig,
) -> String {
    let reason = told.other.as_ref().map_or("", |other| other.reason.as_str());
    if let Some(line) = removed {
        let by = match matching.match_by {
            crate::config::MatchBy::Reader => String::new(),
            crate::config::MatchBy::Jaccard => {
                format!(" (threshold {})", matching.threshold)
            }
        };
        return match line.reason.as_ref() {
            "exact" => format!("removed: its story is, word by word, that of {}", line.keep),
            "contains" => format!(
                "removed: its story lies wholly in that of {}, similarity {}: {reason}",
                line.keep, line.similarity
            ),
            _ => format!(
                "removed: a copy of {}, similarity {}{by}, {} words of its own: {reason}",
                line.keep, line.similarity, line.lost_words
            ),
        };
    }
    match (member, cluster) {
        (Some(member), Some(cluster)) if member.role == Role::Copy => {
            let most = matching.max_lost_words.unwrap_or_default();
            format!(
                "kept: a copy of {}, but with {} words of its own, more than the {most} that \
                 --max-lost-words lets go",
                cluster.keep,
                told.lost_words.unwrap_or_default()
            )
        }
        (Some(_), Some(cluster)) if cluster.size > 1 => format!(
            "kept: it stands for {} pages of one story, chosen by this rule: {}",
            cluster.size, cluster.keep_reason
        ),
        (Some(_), Some(_)) => format!(
            "kept: a version of its own; it is a copy of a page of its family, but not of the page \
             that is kept there ({} other versions)",
            told.versions.len()
        ),
        _ => "kept: no other page is a copy of it".to_owned(),
    }
}

/// A command for a shell.
fn command(name: &str, ids: &[&str], dir: &Path) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| quoted(id)).collect();
    format!("tikrar {name} {} --in {}", quoted.join(" "), quoted_path(dir))
}

fn quoted_path(dir: &Path) -> String {
    quoted(&dir.to_string_lossy())
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/#:@%+=,".contains(c);
    if !word.is_empty() && !word.starts_with('#') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
