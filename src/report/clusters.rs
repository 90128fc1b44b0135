//! Clusters as data for the script: columns of all of them, and their members in packed blocks.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::days::Days;
use super::gather::{Gone, day_number, days_of};
use super::pack::Block;
use crate::write::{ClusterLine, MemberLine};

/// Clusters whose members lie in one block.
pub(super) const IN_BLOCK: usize = 200;
/// Members of a cluster that are listed; the others are in `clusters.jsonl`.
pub(super) const MEMBERS: usize = 1000;
/// Clusters that are in the page itself, for when scripts are off.
pub(super) const STATIC: usize = 200;
/// Members of such a cluster that are in the page itself.
const STATIC_MEMBERS: usize = 12;
/// Blocks that are packed at a time, by all threads.
const AT_ONCE: usize = 32;
/// Share of the room that is left for members when the columns are made, in percent.
const FOR_COLUMNS: u64 = 60;
/// Characters of a title.
const TITLE: usize = 120;

/// A column is a list with an entry a cluster.
#[derive(Debug, Default, Serialize)]
pub(super) struct Columns {
    /// Pages.
    size: Vec<u32>,
    /// Numbers of its outlets.
    outlets: Vec<Vec<u32>>,
    /// First day that is believed, in days since 1970.
    first: Vec<Option<i32>>,
    /// Days from the first to the last page.
    span: Vec<Option<i32>>,
    /// Lowest similarity of a copy, in ten thousandths.
    low: Vec<Option<u16>>,
    /// Bytes removed.
    bytes: Vec<u64>,
    /// Words lost.
    lost: Vec<u64>,
    title: Vec<String>,
    /// Number of the first cluster of its family.
    family: Vec<u32>,
}

/// What the report says about clusters.
#[derive(Debug, Default)]
pub(super) struct ClusterData {
    /// Lines of `clusters.jsonl`.
    pub(super) number: usize,
    /// The first of them, as they stand in the page itself.
    pub(super) top: Vec<ClusterLine>,
    /// First and last day of those.
    pub(super) top_days: Vec<Option<(i32, i32)>>,
    /// Bytes removed and words lost, of those.
    pub(super) top_sums: Vec<[u64; 2]>,
    /// Names of outlets; lists of outlets are numbers of them.
    pub(super) outlets: Vec<String>,
    /// Packed columns of the clusters that are listed.
    pub(super) columns: Option<Block>,
    /// How many are listed.
    pub(super) listed: usize,
    /// Packed members of the first clusters.
    pub(super) members: Vec<Block>,
    /// Clusters whose members are in the page.
    pub(super) with_members: usize,
    /// Keeper and copy, as numbers (cluster, member) and ids, for the texts that are compared.
    pub(super) pairs: Vec<PairOf>,
}

/// A copy and its keeper.
#[derive(Clone, Debug)]
pub(super) struct PairOf {
    pub(super) cluster: u32,
    pub(super) member: u32,
    pub(super) keep: String,
    pub(super) copy: String,
}

/// Members of one cluster as the script reads them.
#[derive(Debug, Serialize)]
struct Opened {
    id: String,
    reason: String,
    family: String,
    /// Members that are not listed.
    more: usize,
    members: Vec<Row>,
}

/// Id, outlet, day, similarity in ten thousandths, relation, whether removed, address, lost words.
#[derive(Debug, Serialize)]
struct Row(String, Option<u32>, Option<i32>, u16, u8, u8, Option<String>, Option<u64>);

/// Takes the lines of `clusters.jsonl` one after the other.
pub(super) struct Collector<'g> {
    gone: &'g Gone,
    days: Days,
    room: u64,
    data: ClusterData,
    columns: Columns,
    numbers: HashMap<String, u32>,
    families: HashMap<String, u32>,
    open: Vec<Opened>,
    waiting: Vec<(usize, Vec<u8>)>,
    packed: u64,
    pairs_left: usize,
}

/// Texts of copies that are laid beside their keeper's, at most.
const PAIRS: usize = 1000;
/// Of one cluster.
const PAIRS_OF_ONE: usize = 40;

impl<'g> Collector<'g> {
    pub(super) fn new(outlets: Vec<String>, gone: &'g Gone, days: Days, room: u64) -> Self {
        let numbers = outlets.iter().cloned().zip(0..).collect();
        Self {
            gone,
            days,
            room,
            data: ClusterData { outlets, ..ClusterData::default() },
            columns: Columns::default(),
            numbers,
            families: HashMap::new(),
            open: Vec::new(),
            waiting: Vec::new(),
            packed: 0,
            pairs_left: PAIRS,
        }
    }

    fn outlet(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.data.outlets.len() as u32;
        self.data.outlets.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub(super) fn add(&mut self, mut line: ClusterLine) {
        let number = self.data.number as u32;
        self.data.number += 1;
        let outlets = line.outlets.iter().map(|name| self.outlet(name)).collect();
        let days = self.days.span(days_of(&line));
        let low = line.members.iter().skip(1).map(|m| ten_thousandths(m.similarity)).min();
        let gone = self.gone;
        let (mut lost, mut bytes) = (0, 0);
        for (words, length) in
            line.members.iter().filter(|m| m.removed).filter_map(|m| gone.of(&m.id))
        {
            lost += words;
            bytes += length;
        }
        let family = *self.families.entry(line.family.clone()).or_insert(number);
        let columns = &mut self.columns;
        columns.size.push(line.size as u32);
        columns.outlets.push(outlets);
        columns.first.push(days.map(|(first, _)| first));
        columns.span.push(days.map(|(first, last)| last - first));
        columns.low.push(low);
        columns.bytes.push(bytes);
        columns.lost.push(lost);
        columns.title.push(line.title.chars().take(TITLE).collect());
        columns.family.push(family);
        self.pair_up(number, &line);
        let in_room = self.packed <= self.room;
        if in_room {
            self.open_later(&line);
        }
        if self.data.top.len() < STATIC {
            line.members.truncate(STATIC_MEMBERS);
            self.data.top.push(line);
            self.data.top_days.push(days);
            self.data.top_sums.push([bytes, lost]);
        }
    }

    fn pair_up(&mut self, cluster: u32, line: &ClusterLine) {
        let most = self.pairs_left.min(PAIRS_OF_ONE);
        let copies = (1..).zip(line.members.iter().skip(1)).take(most);
        let pairs = copies.map(|(member, copy)| PairOf {
            cluster,
            member,
            keep: line.keep.clone(),
            copy: copy.id.clone(),
        });
        let before = self.data.pairs.len();
        self.data.pairs.extend(pairs);
        self.pairs_left -= self.data.pairs.len() - before;
    }

    fn open_later(&mut self, line: &ClusterLine) {
        let rows = line.members.iter().take(MEMBERS).map(|member| self.row(member)).collect();
        self.open.push(Opened {
            id: line.cluster.clone(),
            reason: line.keep_reason.to_string(),
            family: line.family.clone(),
            more: line.members.len().saturating_sub(MEMBERS),
            members: rows,
        });
        if self.open.len() == IN_BLOCK {
            self.close();
        }
    }

    fn row(&mut self, member: &MemberLine) -> Row {
        let relation = match member.relation.as_ref() {
            "self" => 0,
            "exact" => 1,
            _ => 2,
        };
        Row(
            member.id.clone(),
            member.outlet.as_deref().map(|name| self.outlet(name)),
            day_number(member.date.as_deref()),
            ten_thousandths(member.similarity),
            relation,
            u8::from(member.removed),
            member.url.clone(),
            self.gone.of(&member.id).map(|(lost, _)| lost),
        )
    }

    /// Makes a block of the clusters that are open.
    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let json = serde_json::to_vec(&self.open).unwrap_or_default();
        self.waiting.push((self.open.len(), json));
        self.open.clear();
        if self.waiting.len() == AT_ONCE {
            self.pack();
        }
    }

    fn pack(&mut self) {
        let first = self.data.members.len();
        let made: Vec<(usize, Block)> = std::mem::take(&mut self.waiting)
            .into_par_iter()
            .enumerate()
            .map(|(i, (clusters, json))| (clusters, Block::new(format!("m{}", first + i), &json)))
            .collect();
        for (clusters, block) in made {
            self.packed += block.len();
            if self.packed > self.room {
                break;
            }
            self.data.with_members += clusters;
            self.data.members.push(block);
        }
    }

    /// Packs what is left. The columns have the room first, then members.
    pub(super) fn finish(mut self) -> ClusterData {
        self.close();
        self.pack();
        self.data.listed = self.data.number;
        loop {
            let json = serde_json::to_vec(&self.columns).unwrap_or_default();
            let block = Block::new("columns".to_owned(), &json);
            if block.len() <= self.room * FOR_COLUMNS / 100 || self.data.listed <= STATIC {
                self.packed = block.len();
                self.data.columns = Some(block);
                break;
            }
            self.data.listed /= 2;
            self.columns.truncate(self.data.listed);
        }
        let mut kept = 0;
        for block in &self.data.members {
            self.packed += block.len();
            if self.packed > self.room {
                break;
            }
            kept += 1;
        }
        self.data.members.truncate(kept);
        self.data.with_members = self.data.with_members.min(kept * IN_BLOCK).min(self.data.listed);
        self.data
    }
}

impl Columns {
    fn truncate(&mut self, clusters: usize) {
        self.size.truncate(clusters);
        self.outlets.truncate(clusters);
        self.first.truncate(clusters);
        self.span.truncate(clusters);
        self.low.truncate(clusters);
        self.bytes.truncate(clusters);
        self.lost.truncate(clusters);
        self.title.truncate(clusters);
        self.family.truncate(clusters);
    }
}

fn ten_thousandths(similarity: f64) -> u16 {
    (similarity * 10_000.0).round() as u16
}
