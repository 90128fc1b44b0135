//! What the page says, read from the files of the run, a line at a time.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_128;

use super::clusters::{ClusterData, Collector};
use super::days::Days;
use crate::config::{BandingChoice, MatchConfig};
use crate::error::Result;
use crate::progress::Progress;
use crate::saved;
use crate::segment::{Day, parse_day};
use crate::sketch::Banding;
use crate::write::{
    BlockLine, ClusterLine, EdgeLine, OutletLine, PairLine, Part, RejectLine, RemovedLine, Stats,
};

/// Rows of a ranking.
pub(super) const RANKED: usize = 50;
/// Blocks that are listed.
const BLOCKS: usize = 100;
/// Bars of a histogram of similarities.
pub(super) const BINS: usize = 50;

/// A block as it is listed.
#[derive(Debug)]
pub(super) struct BlockRow {
    pub(super) line: BlockLine<'static>,
    /// Outlets of its pages.
    pub(super) outlets: usize,
    /// Bytes it takes on kept pages.
    pub(super) on_kept: u64,
}

/// What all blocks take.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) rows: Vec<BlockRow>,
    pub(super) number: u64,
    /// By kind: blocks, places, bytes on kept pages.
    pub(super) kinds: BTreeMap<String, [u64; 3]>,
    /// Bytes that blocks take on kept pages.
    pub(super) on_kept: u64,
}

/// The pairs of `pairs.jsonl`.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) accepted: Vec<u64>,
    pub(super) others: Vec<u64>,
    pub(super) grey: u64,
    /// Pairs nearest to the threshold.
    pub(super) nearest: Vec<PairLine>,
}

/// Clusters of one family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Family {
    /// Lines of `clusters.jsonl`.
    pub(super) lines: u32,
    /// Their pages.
    pub(super) pages: u64,
    /// Number of the first of them.
    pub(super) first: u32,
}

/// Everything the page says.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) stats: Stats,
    pub(super) settings: MatchConfig,
    pub(super) banding: Option<Banding>,
    pub(super) clusters: ClusterData,
    /// The days that dates of pages are believed for.
    pub(super) days: Days,
    /// Pages of clusters with a date that is not.
    pub(super) odd_days: u64,
    /// Families of several lines, those with most pages first.
    pub(super) families: Vec<Family>,
    /// Clusters that begin in a month (as year times twelve), and their copies.
    pub(super) months: BTreeMap<i32, [u64; 2]>,
    /// Clusters by days from the first page to the last.
    pub(super) spans: BTreeMap<i32, u64>,
    /// Removed pages by similarity to their keeper.
    pub(super) similarity: Vec<u64>,
    pub(super) reasons: BTreeMap<String, [u64; 2]>,
    /// Removed pages least like their keepers.
    pub(super) weakest: Vec<RemovedLine>,
    /// Removed pages with most words of their own.
    pub(super) lost: Vec<RemovedLine>,
    pub(super) rejects: Vec<RejectLine>,
    pub(super) blocks: Blocks,
    pub(super) outlets: Vec<OutletLine>,
    pub(super) edges: Vec<EdgeLine>,
    pub(super) pairs: Option<Pairs>,
}

/// Days since 1970 of a day as it stands in files.
pub(super) fn day_number(day: Option<&str>) -> Option<i32> {
    day.and_then(parse_day).map(|day| day.0)
}

/// The days of the pages of a cluster.
pub(super) fn days_of(line: &ClusterLine) -> impl Iterator<Item = i32> {
    line.members.iter().filter_map(|member| day_number(member.date.as_deref()))
}

fn bin(similarity: f64) -> usize {
    ((similarity * BINS as f64) as usize).min(BINS - 1)
}

/// A ranking that keeps its best lines.
struct Best<T, K> {
    rows: Vec<(K, T)>,
    most: usize,
}

impl<T, K: PartialOrd> Best<T, K> {
    fn new(most: usize) -> Self {
        Self { rows: Vec::with_capacity(most + 1), most }
    }

    /// Enters a line; of equal ones the first stays in front.
    fn add(&mut self, key: K, row: impl FnOnce() -> T) {
        if self.rows.len() == self.most && self.rows.last().is_some_and(|last| last.0 >= key) {
            return;
        }
        let at = self.rows.partition_point(|other| other.0 >= key);
        self.rows.insert(at, (key, row()));
        self.rows.truncate(self.most);
    }

    fn into_rows(self) -> Vec<T> {
        self.rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// What is known of removed pages when clusters are read.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// Hash of the id, lost words, bytes; sorted.
    rows: Vec<(u128, u64, u64)>,
}

impl Gone {
    /// Lost words and bytes of a removed page.
    pub(super) fn of(&self, id: &str) -> Option<(u64, u64)> {
        let key = xxh3_128(id.as_bytes());
        let at = self.rows.binary_search_by_key(&key, |row| row.0).ok()?;
        Some((self.rows[at].1, self.rows[at].2))
    }
}

/// Reads the run in `dir`. At most `room` bytes of packed clusters and members are made.
pub(super) fn gather(dir: &Path, room: u64, progress: &dyn Progress) -> Result<Facts> {
    let stats = saved::stats(dir)?;
    let settings = saved::settings(&stats, dir)?;
    let banding = match settings.banding {
        BandingChoice::Fixed { bands, rows } => Banding::new(bands, rows).ok(),
        BandingChoice::Recall { .. } => settings.validate().ok(),
    };
    let pages_by_day = pages_by_day(dir, progress)?;
    let mut facts = Facts {
        pairs: pairs(dir, settings.threshold, progress)?,
        outlets: if_there(dir, "outlets.jsonl", progress)?,
        edges: if_there(dir, "edges.jsonl", progress)?,
        clusters: ClusterData::default(),
        days: Days::of(&pages_by_day),
        odd_days: 0,
        families: Vec::new(),
        months: BTreeMap::new(),
        spans: BTreeMap::new(),
        similarity: vec![0; BINS],
        reasons: BTreeMap::new(),
        weakest: Vec::new(),
        lost: Vec::new(),
        rejects: Vec::new(),
        blocks: Blocks::default(),
        stats,
        settings,
        banding,
    };
    let odd = pages_by_day.iter().filter(|&(&day, _)| !facts.days.hold(day));
    facts.odd_days = odd.map(|(_, pages)| pages).sum();
    let gone = facts.read_removed(dir, progress)?;
    facts.read_clusters(dir, &gone, room, progress)?;
    facts.read_blocks(dir, &gone, progress)?;
    let mut first = Vec::new();
    saved::each_line(&dir.join("rejected.jsonl"), progress, |number, line: RejectLine| {
        if number < RANKED as u64 {
            first.push(line);
        }
        Ok(())
    })?;
    facts.rejects = first;
    Ok(facts)
}

/// How many pages of clusters have each day.
fn pages_by_day(dir: &Path, progress: &dyn Progress) -> Result<BTreeMap<i32, u64>> {
    #[derive(Deserialize)]
    struct Dates {
        members: Vec<Date>,
    }
    #[derive(Deserialize)]
    struct Date {
        date: Option<String>,
    }
    let mut pages = BTreeMap::new();
    saved::each_line(&dir.join("clusters.jsonl"), progress, |_, line: Dates| {
        for day in line.members.iter().filter_map(|member| day_number(member.date.as_deref())) {
            *pages.entry(day).or_default() += 1;
        }
        Ok(())
    })?;
    Ok(pages)
}

fn if_there<T: serde::de::DeserializeOwned>(
    dir: &Path,
    name: &str,
    progress: &dyn Progress,
) -> Result<Vec<T>> {
    let path = dir.join(name);
    if path.exists() { saved::lines(&path, progress) } else { Ok(Vec::new()) }
}

fn pairs(dir: &Path, threshold: f64, progress: &dyn Progress) -> Result<Option<Pairs>> {
    let path = dir.join("pairs.jsonl");
    if !path.exists() {
        return Ok(None);
    }
    let mut pairs = Pairs { accepted: vec![0; BINS], others: vec![0; BINS], ..Pairs::default() };
    let mut nearest = Best::new(RANKED);
    saved::each_line(&path, progress, |_, line: PairLine| {
        if line.a_part != Part::Story || line.b_part != Part::Story {
            return Ok(());
        }
        let of = if line.accepted { &mut pairs.accepted } else { &mut pairs.others };
        of[bin(line.jaccard)] += 1;
        let distance = (line.jaccard - threshold).abs();
        if distance <= 0.02 {
            pairs.grey += 1;
            nearest.add(-distance, || line);
        }
        Ok(())
    })?;
    pairs.nearest = nearest.into_rows();
    Ok(Some(pairs))
}

impl Facts {
    fn read_removed(&mut self, dir: &Path, progress: &dyn Progress) -> Result<Gone> {
        let mut gone = Gone::default();
        let (mut weakest, mut lost) = (Best::new(RANKED), Best::new(RANKED));
        saved::each_line(&dir.join("removed.jsonl"), progress, |_, line: RemovedLine| {
            gone.rows.push((xxh3_128(line.id.as_bytes()), line.lost_words, line.length));
            self.similarity[bin(line.similarity)] += 1;
            let reason = self.reasons.entry(line.reason.to_string()).or_default();
            reason[0] += 1;
            reason[1] += line.length;
            if line.reason != "exact" {
                weakest.add(-line.similarity, || line.clone());
            }
            if line.lost_words > 0 {
                lost.add(line.lost_words, || line);
            }
            Ok(())
        })?;
        gone.rows.sort_unstable();
        self.weakest = weakest.into_rows();
        self.lost = lost.into_rows();
        Ok(gone)
    }

    fn read_clusters(
        &mut self,
        dir: &Path,
        gone: &Gone,
        room: u64,
        progress: &dyn Progress,
    ) -> Result<()> {
        let names = self.outlets.iter().map(|line| line.outlet.clone()).collect();
        let mut collector = Collector::new(names, gone, self.days, room);
        let mut families: HashMap<String, Family> = HashMap::new();
        saved::each_line(&dir.join("clusters.jsonl"), progress, |number, line: ClusterLine| {
            let first = Family { first: number as u32, ..Family::default() };
            let family = families.entry(line.family.clone()).or_insert(first);
            family.lines += 1;
            family.pages += line.size as u64;
            let days = self.days.span(days_of(&line));
            if let Some((from, to)) = days.filter(|_| line.size > 1) {
                let (year, month, _) = Day(from).ymd();
                let copies = self.months.entry(year * 12 + month as i32 - 1).or_default();
                copies[0] += 1;
                copies[1] += line.size as u64 - 1;
                *self.spans.entry(to - from).or_default() += 1;
            }
            collector.add(line);
            Ok(())
        })?;
        // The order of a map is no order: sorted by what is shown, then by place in the file.
        let mut several: Vec<Family> = families.into_values().filter(|f| f.lines > 1).collect();
        several
            .sort_by_key(|family| (std::cmp::Reverse((family.lines, family.pages)), family.first));
        self.families = several;
        self.clusters = collector.finish();
        Ok(())
    }

    fn read_blocks(&mut self, dir: &Path, gone: &Gone, progress: &dyn Progress) -> Result<()> {
        let path = dir.join("blocks.jsonl");
        if !path.exists() {
            return Ok(());
        }
        let blocks = &mut self.blocks;
        blocks.number = saved::each_line(&path, progress, |_, mut line: BlockLine<'static>| {
            let places = line.occurrences.iter().filter(|place| gone.of(&place.id).is_none());
            let on_kept =
                places.map(|place| u64::from(place.end.saturating_sub(place.start))).sum();
            let kind = blocks.kinds.entry(line.kind.to_string()).or_default();
            for (sum, more) in kind.iter_mut().zip([1, line.occurrences.len() as u64, on_kept]) {
                *sum += more;
            }
            blocks.on_kept += on_kept;
            if blocks.rows.len() < BLOCKS {
                let outlets = line.outlets.len();
                line.occurrences.truncate(5);
                blocks.rows.push(BlockRow { line, outlets, on_kept });
            }
            Ok(())
        })?;
        Ok(())
    }
}
