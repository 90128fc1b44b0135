//! Clusters and removals of a run, checked one by one.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::pages::Pages;
use super::pasted::pasted;
use super::verify::{Proof, Removal, weigh};
use crate::cluster::{KeptWords, Link, LostWords, Pasted, PastedReader};
use crate::error::{Error, ErrorKind, Result};
use crate::pages::PageId;
use crate::passage::{PassageMaker, PassageScratch};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::saved::Lines;
use crate::verify::{Relation, SetCache, Verifier};
use crate::write::{ClusterLine, RemovedLine, Role, cluster_name, hex, similarity};

/// Lines that are checked at a time.
const BATCH: usize = 4096;

/// Which cluster every page of one is in.
#[derive(Debug, Default)]
pub(super) struct Membership {
    names: Vec<String>,
    keeps: Vec<PageId>,
    /// Page, number of its cluster, and its similarity if it was removed; sorted.
    members: Vec<(PageId, u32, Option<f64>)>,
}

impl Membership {
    /// Reads and checks the clusters of a run.
    ///
    /// # Errors
    /// When the file or a record cannot be read.
    pub(super) fn read(
        &mut self,
        pages: &Pages,
        proof: &mut Proof,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut clusters = 0;
        for line in Lines::<ClusterLine>::open(&pages.run().dir.join("clusters.jsonl"), progress)? {
            let line = line?;
            self.add(pages, &line, proof)?;
            clusters += 1;
        }
        proof.clusters = Some(clusters);
        self.members.par_sort_unstable_by_key(|member| (member.0, member.1));
        for pair in self.members.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let clusters = [pair[0].1, pair[1].1].map(|at| self.names[at as usize].as_str());
            let what = format!("is in cluster {} and in cluster {}", clusters[0], clusters[1]);
            proof.fault("cluster", pages.id(pair[0].0)?, what);
        }
        Ok(())
    }

    fn add(&mut self, pages: &Pages, line: &ClusterLine, proof: &mut Proof) -> Result<()> {
        let number = self.names.len() as u32;
        self.names.push(line.cluster.clone());
        let mut fault = |what: String| proof.fault("cluster", &line.cluster, what);
        let keepers: Vec<&str> = line
            .members
            .iter()
            .filter(|member| member.role == Role::Keep)
            .map(|member| member.id.as_str())
            .collect();
        match keepers.as_slice() {
            [one] if *one == line.keep => {}
            [one] => fault(format!("its keeper is {one:?}, and it says {:?}", line.keep)),
            [] => fault("it has no keeper".to_owned()),
            several => fault(format!("it has {} keepers: {several:?}", several.len())),
        }
        if line.size != line.members.len() {
            fault(format!("it says {} members and lists {}", line.size, line.members.len()));
        }
        let ids = line.members.iter().map(|member| member.id.clone()).collect();
        if cluster_name(ids) != line.cluster {
            fault("its name is not that of its members".to_owned());
        }
        let mut keep = PageId::MAX;
        for member in &line.members {
            let Some(page) = pages.find(&member.id)? else {
                fault(format!("its member {:?} is no page of the archive", member.id));
                continue;
            };
            if member.id == line.keep {
                keep = page;
            }
            if member.removed && member.role == Role::Keep {
                fault(format!("its keeper {:?} was removed", member.id));
            }
            self.members.push((page, number, member.removed.then_some(member.similarity)));
        }
        self.keeps.push(keep);
        Ok(())
    }

    /// The page that stays for the story of a page.
    pub(super) fn keeper(&self, page: PageId) -> PageId {
        let keep = self.of(page).map(|(number, _)| self.keeps[number as usize]);
        keep.filter(|&keep| keep != PageId::MAX).unwrap_or(page)
    }

    /// The pages that are copies of another, ascending.
    pub(super) fn copies(&self) -> Vec<PageId> {
        let copies = self.members.iter().filter(|member| self.keeps[member.1 as usize] != member.0);
        let mut copies: Vec<PageId> = copies.map(|member| member.0).collect();
        copies.dedup();
        copies
    }

    fn of(&self, page: PageId) -> Option<(u32, Option<f64>)> {
        let at = self.members.partition_point(|member| member.0 < page);
        self.members.get(at).filter(|member| member.0 == page).map(|member| (member.1, member.2))
    }
}

/// A line of `removed.jsonl` whose pages are known.
struct Known {
    line: RemovedLine,
    page: PageId,
    keep: PageId,
}

/// What checking a line gave.
struct Checked {
    removal: Removal,
    faults: Vec<String>,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Removed {
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// Words of the stories.
    pub(super) words: u64,
}

/// Checks every removal. Returns what was removed.
///
/// # Errors
/// When a file or record cannot be read, or the caller cancels.
pub(super) fn check_removals(
    pages: &Pages,
    membership: &Membership,
    proof: &mut Proof,
    progress: &dyn Progress,
) -> Result<Removed> {
    let path = pages.run().dir.join("removed.jsonl");
    let mut gone = vec![false; pages.table().len()];
    let mut contained = Vec::new();
    for line in Lines::<RemovedLine>::open(&path, progress)? {
        let line = line?;
        let Some(page) = pages.find(&line.id)? else {
            continue;
        };
        if std::mem::replace(&mut gone[page as usize], true) {
            proof.fault("removal", &line.id, "it is listed twice".to_owned());
        } else if line.reason == "contains" {
            contained.push(page);
        }
    }
    contained.retain(|&page| membership.keeper(page) == page);
    let pasted = pasted(pages, membership, contained, proof, progress)?;
    let maker = pages.maker();
    let verifier = pages.verifier(&maker);
    let checker = Checker { pages, maker: &maker, verifier, membership, pasted };
    let pool = Pool::new(|| Scratch::new(&checker));
    let (mut removed, mut scored) = (Removed::default(), 0);
    let mut weakest = Vec::new();
    let mut lines = Lines::<RemovedLine>::open(&path, progress)?;
    loop {
        if progress.cancelled() {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        let batch: Vec<RemovedLine> = lines.by_ref().take(BATCH).collect::<Result<_>>()?;
        if batch.is_empty() {
            break;
        }
        let mut known: Vec<Known> = Vec::with_capacity(batch.len());
        for line in batch {
            removed.records += 1;
            removed.bytes += line.length;
            let page = pages.find(&line.id)?;
            let words = page.map_or(0, |page| pages.table().words[page as usize]);
            removed.words += u64::from(words);
            let keep = pages.find(&line.keep)?;
            match (page, keep) {
                (None, _) => {
                    proof.fault("removal", line.id, "it is no page of the archive".to_owned());
                }
                (_, None) => {
                    let what = format!("its keeper {:?} is no page of the archive", line.keep);
                    proof.fault("removal", line.id, what);
                }
                (Some(page), Some(keep)) => {
                    if gone[keep as usize] {
                        let what = format!("its keeper {:?} was removed too", line.keep);
                        proof.fault("removal", &line.id, what);
                    }
                    known.push(Known { line, page, keep });
                }
            }
        }
        // Pages of one keeper together, so that its words are gathered once.
        known.sort_by_key(|known| (known.keep, known.page));
        let groups: Vec<&[Known]> = known.chunk_by(|a, b| a.keep == b.keep).collect();
        let checked: Vec<Vec<Checked>> = groups
            .into_par_iter()
            .map(|group| pool.lend(|scratch| checker.group(group, scratch)))
            .collect::<Result<_>>()?;
        let checked: Vec<Checked> = checked.into_iter().flatten().collect();
        progress.add(checked.len() as u64, 0);
        scored += checked.len() as u64;
        let mut removals = Vec::with_capacity(checked.len());
        for Checked { removal, faults } in checked {
            for what in faults {
                proof.fault("removal", &removal.id, what);
            }
            removals.push(removal);
        }
        weigh(&mut weakest, removals);
    }
    proof.removals = Some(scored);
    proof.weakest = Some(weakest);
    for &(page, number, similarity) in &membership.members {
        if similarity.is_some() && !gone[page as usize] {
            let cluster = &membership.names[number as usize];
            let what = format!("cluster {cluster} says it was removed, and removed.jsonl does not");
            proof.fault("removal", pages.id(page)?, what);
        }
    }
    Ok(removed)
}

struct Checker<'a> {
    pages: &'a Pages,
    maker: &'a PassageMaker<'a>,
    verifier: Verifier<'a>,
    membership: &'a Membership,
    pasted: Pasted<'a>,
}

/// Buffers of a thread that checks.
struct Scratch<'a> {
    cache: SetCache<'a>,
    passages: [PassageScratch; 2],
    pasted: PastedReader<'a>,
}

impl<'a> Scratch<'a> {
    fn new(checker: &Checker<'a>) -> Self {
        Self {
            cache: checker.verifier.cache(),
            passages: [(); 2].map(|()| PassageScratch::default()),
            pasted: checker.pages.pasted_reader(checker.maker),
        }
    }
}

impl<'a> Checker<'a> {
    /// Checks the removals of one keeper.
    fn group(&self, group: &[Known], scratch: &mut Scratch<'a>) -> Result<Vec<Checked>> {
        let Scratch { cache, passages: [scratch, other], pasted } = scratch;
        let record = self.pages.record(group[0].keep)?;
        let keeper = self.maker.make(&record, scratch);
        let kept = KeptWords::of(keeper);
        group
            .iter()
            .map(|known| {
                let record = self.pages.record(known.page)?;
                let story = self.maker.make(&record, other);
                let same = story.text() == keeper.text();
                let frequencies = self.pages.frequencies();
                let mut lost =
                    if same { LostWords::default() } else { kept.lost(story, frequencies) };
                lost.join(self.pasted.lost(known.page, known.keep, pasted)?, frequencies);
                self.one(known, same, lost, cache)
            })
            .collect()
    }

    fn one(
        &self,
        known: &Known,
        same: bool,
        lost: LostWords,
        cache: &mut SetCache<'a>,
    ) -> Result<Checked> {
        let Known { line, page, keep } = known;
        let mut faults = Vec::new();
        self.check_place(line, *page, &mut faults);
        self.check_cluster(line, *page, *keep, &mut faults);
        let matching = &self.pages.run().matching;
        // Of a copy nothing is asked but whether it is one.
        let all = line.reason == "contains";
        let pair = self.verifier.scored(*page, *keep, all, cache)?;
        let found = similarity(pair.score.jaccard());
        let holds = match line.reason.as_ref() {
            "exact" => same,
            "contains" => pair.relation == Relation::Contains,
            // A whole component has copies that are none of its keeper.
            "copy" => pair.accepted() || matching.link == Link::Components,
            _ => false,
        };
        if !holds {
            let as_found = if same { "exact" } else { pair.relation.name() };
            faults.push(format!("it was removed as {:?} and is {as_found}", line.reason));
        }
        if found.to_bits() != line.similarity.to_bits() {
            faults
                .push(format!("its similarity is {found}, and its line says {}", line.similarity));
        }
        if lost.count != line.lost_words || lost.rarest != line.lost_rarest {
            faults.push(format!(
                "it has {} words that its keeper lacks ({:?}), and its line says {} ({:?})",
                lost.count, lost.rarest, line.lost_words, line.lost_rarest
            ));
        }
        let removal = Removal {
            id: line.id.clone(),
            keep: line.keep.clone(),
            reason: line.reason.clone().into_owned(),
            similarity: found,
            lost_words: lost.count,
            lost_rarest: lost.rarest,
        };
        Ok(Checked { removal, faults })
    }

    /// The record lies where the line says, and has its hash.
    fn check_place(&self, line: &RemovedLine, page: PageId, faults: &mut Vec<String>) {
        let (table, corpus) = (self.pages.table(), self.pages.corpus());
        let at = table.at[page as usize];
        let name = table.file(corpus, page).name();
        if (name, at.offset, u64::from(at.length)) != (&line.path, line.offset, line.length) {
            faults.push(format!(
                "it lies at byte {} of {name} with {} bytes, and its line says byte {} of {} with {}",
                at.offset, at.length, line.offset, line.path, line.length
            ));
        }
        if hex(&Sha256::digest(corpus.record_bytes(at))) != line.sha256 {
            faults.push("its bytes have another hash than its line says".to_owned());
        }
    }

    /// Its cluster has it, removed, and has its keeper.
    fn check_cluster(
        &self,
        line: &RemovedLine,
        page: PageId,
        keep: PageId,
        faults: &mut Vec<String>,
    ) {
        let found = self.membership.of(page);
        let Some(cluster) = &line.cluster else {
            if line.reason != "contains" || found.is_some_and(|(_, removed)| removed.is_some()) {
                faults.push("its line names no cluster".to_owned());
            }
            return;
        };
        let Some((number, removed)) =
            found.filter(|&(number, _)| self.membership.names[number as usize] == *cluster)
        else {
            faults.push(format!("cluster {cluster} has no such member"));
            return;
        };
        if self.membership.keeps[number as usize] != keep {
            faults.push(format!("cluster {cluster} keeps another page than {:?}", line.keep));
        }
        match removed {
            None => faults.push(format!("cluster {cluster} says it was kept")),
            Some(other) if other.to_bits() != line.similarity.to_bits() => faults.push(format!(
                "cluster {cluster} says its similarity is {other}, and its line {}",
                line.similarity
            )),
            Some(_) => {}
        }
    }
}
