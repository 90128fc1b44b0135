//! `outlets.jsonl` and `edges.jsonl`: who published first, and who has it from whom.
//!
//! Between two outlets of a cluster there is one direction, by the best evidence there is:
//! *credited*, a page of the later names the earlier one in a source line or an agency credit;
//! *dated*, the first page of the earlier is at least a day older; *tie*, the same day; *undated*.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::run::Outcome;
use super::{OutDir, write_lines};
use crate::cluster::Story;
use crate::error::Result;
use crate::fold::{Folder, Profile};
use crate::segment::{Day, is_agency};
use crate::sources::Sources;

/// Outlets of a cluster of which every pair is an edge. Of a larger cluster only the pairs with its
/// first outlet are, and the credited ones: their number stays linear.
const ALL_PAIRS: usize = 128;

/// A line of `outlets.jsonl`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutletLine {
    /// Its name, as its pages give it.
    pub outlet: String,
    /// Its pages.
    pub pages: u64,
    /// Pages of them that are in no cluster and lie in no other page.
    pub unique: u64,
    /// Clusters with other outlets in which it alone was first, by credit or by a day.
    pub first: u64,
    /// Its pages in clusters where another outlet is credited by it, or was a day before it.
    pub copied_in: u64,
    /// Pages of other outlets in clusters where they credit it, or it was a day before them.
    pub copied_out: u64,
    /// Its pages that were removed.
    pub removed: u64,
}

/// A line of `edges.jsonl`: the clusters in which `to` comes after `from`. Clusters without a
/// direction (tie, undated) stand on the line whose `from` is the first of the two names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeLine {
    /// The earlier outlet; or an agency that `to` credits, which may have no page of its own.
    pub from: String,
    /// The later outlet.
    pub to: String,
    /// Clusters of both: the sum of the next four.
    pub clusters: u64,
    /// Pages of `to` in them.
    pub pages: u64,
    /// Clusters in which a page of `to` names `from` as its source.
    pub credited: u64,
    /// Clusters in which `from` has a page at least a day before the first of `to`.
    pub dated: u64,
    /// Clusters in which both begin on the same day.
    pub tie: u64,
    /// Clusters in which a day is missing.
    pub undated: u64,
    /// Median days from the first page of `from` to the first of `to`, over the credited and dated
    /// clusters where both days are known.
    pub median_lag_days: Option<f64>,
}

#[derive(Default)]
struct Edge {
    line: EdgeLine,
    lags: Vec<i32>,
}

/// An outlet in a cluster.
#[derive(Default)]
struct Party {
    first: Option<Day>,
    pages: u64,
    /// Outlets and agencies that its pages credit.
    credits: Vec<u32>,
}

/// Edges and outlets while they are counted; names by number.
struct Count<'r> {
    sources: &'r Sources,
    names: Names,
    outlets: BTreeMap<u32, OutletLine>,
    edges: BTreeMap<(u32, u32), Edge>,
}

/// Writes both files; hands back what should be warned of.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write_outlets(run: &Outcome<'_>, dir: &OutDir) -> Result<Option<String>> {
    let sources = &run.table.sources;
    let mut count = Count {
        sources,
        names: Names::new(sources, run.table.len() as u32),
        outlets: BTreeMap::new(),
        edges: BTreeMap::new(),
    };
    let mut single = vec![true; run.table.len()];
    let mut removed = vec![false; run.table.len()];
    for story in run.stories.iter().filter(|story| !story.copies.is_empty()) {
        single[story.keep as usize] = false;
        for copy in &story.copies {
            single[copy.page as usize] = false;
            removed[copy.page as usize] = copy.removed;
        }
        count.story(run, story);
    }
    for part in run.contained {
        single[part.page as usize] = false;
        removed[part.page as usize] = true;
    }
    let mut of_outlet = vec![[0; 3]; sources.names().len()];
    for page in 0..run.table.len() as u32 {
        if let Some(outlet) = sources.outlet(page) {
            let [pages, unique, gone] = &mut of_outlet[outlet as usize];
            *pages += 1;
            *unique += u64::from(single[page as usize]);
            *gone += u64::from(removed[page as usize]);
        }
    }
    for (outlet, [pages, unique, gone]) in (0..).zip(of_outlet).filter(|of| of.1[0] > 0) {
        let line = count.outlets.entry(outlet).or_default();
        (line.pages, line.unique, line.removed) = (pages, unique, gone);
    }
    count.write(dir)
}

impl Count<'_> {
    fn story(&mut self, run: &Outcome<'_>, story: &Story) {
        let mut parties: BTreeMap<u32, Party> = BTreeMap::new();
        let pages = story.copies.iter().map(|copy| copy.page);
        for page in std::iter::once(story.keep).chain(pages) {
            let Some(outlet) = self.sources.outlet(page) else { continue };
            let party = parties.entry(outlet).or_default();
            party.pages += 1;
            party.first = match (party.first, run.table.day(page)) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            let credits = self.sources.credits(page);
            party.credits.extend(credits.filter_map(|name| self.names.other(name, outlet)));
        }
        for party in parties.values_mut() {
            party.credits.sort_unstable();
            party.credits.dedup();
        }
        for (&to, party) in &parties {
            // An agency without a page in the cluster.
            for &from in party.credits.iter().filter(|name| !parties.contains_key(name)) {
                let edge = self.edges.entry((from, to)).or_default();
                edge.line.clusters += 1;
                edge.line.credited += 1;
                edge.line.pages += party.pages;
            }
        }
        self.pairs(&parties);
    }

    /// Counts every pair of outlets of a cluster.
    fn pairs(&mut self, parties: &BTreeMap<u32, Party>) {
        // By name, so that nothing depends on how names are numbered.
        let mut all: Vec<(u32, &Party)> =
            parties.iter().map(|(&name, party)| (name, party)).collect();
        all.sort_by_key(|&(name, _)| self.sources.name(name));
        let lead = (all.len() > ALL_PAIRS)
            .then(|| (0..all.len()).min_by_key(|&i| (all[i].1.first.is_none(), all[i].1.first, i)))
            .flatten();
        // Outlets that another came before, and outlets that came before another.
        let (mut after, mut before) = (vec![false; all.len()], vec![0_usize; all.len()]);
        for (i, j) in looked_at(&all, lead) {
            let credit = |x: usize, y: usize| all[x].1.credits.contains(&all[y].0);
            let credited = match (credit(i, j), credit(j, i)) {
                (true, false) => Some((j, i)),
                (false, true) => Some((i, j)),
                _ => None,
            };
            if credited.is_none() && lead.is_some_and(|lead| lead != i && lead != j) {
                continue;
            }
            let days = all[i].1.first.zip(all[j].1.first);
            let dated = days.filter(|(a, b)| a != b);
            let (from, to) = credited.unwrap_or(match dated {
                Some((a, b)) if b < a => (j, i),
                _ => (i, j),
            });
            let edge = self.edges.entry((all[from].0, all[to].0)).or_default();
            edge.line.clusters += 1;
            edge.line.pages += all[to].1.pages;
            match (credited, dated, days) {
                (Some(_), ..) => edge.line.credited += 1,
                (_, Some(_), _) => edge.line.dated += 1,
                (.., Some(_)) => edge.line.tie += 1,
                _ => edge.line.undated += 1,
            }
            if credited.is_some() || dated.is_some() {
                let lag = all[from].1.first.zip(all[to].1.first).map(|(a, b)| b.0 - a.0);
                edge.lags.extend(lag);
                after[to] = true;
                before[from] += 1;
                let pages = all[to].1.pages;
                self.outlets.entry(all[from].0).or_default().copied_out += pages;
            }
        }
        for (i, &(outlet, party)) in all.iter().enumerate() {
            let line = self.outlets.entry(outlet).or_default();
            if after[i] {
                line.copied_in += party.pages;
            } else if all.len() > 1 && before[i] + 1 == all.len() {
                line.first += 1;
            }
        }
    }

    fn write(self, dir: &OutDir) -> Result<Option<String>> {
        let Self { sources, outlets, edges, .. } = self;
        let name = |number: u32| sources.name(number).to_owned();
        let mut outlets: Vec<OutletLine> = outlets
            .into_iter()
            .map(|(number, line)| OutletLine { outlet: name(number), ..line })
            .collect();
        outlets.sort_by(|a, b| a.outlet.cmp(&b.outlet));
        write_lines(dir, "outlets.jsonl", &outlets)?;
        let mut edges: Vec<EdgeLine> = edges
            .into_iter()
            .map(|((from, to), mut edge)| EdgeLine {
                from: name(from),
                to: name(to),
                median_lag_days: median(&mut edge.lags),
                ..edge.line
            })
            .collect();
        edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        write_lines(dir, "edges.jsonl", &edges)?;
        Ok(emptied(&outlets))
    }
}

/// The pairs of a cluster's outlets that are looked at: all, or, where one of very many leads, those
/// with it and those of which one credits the other. Each once, the smaller first, in order.
fn looked_at(all: &[(u32, &Party)], lead: Option<usize>) -> Vec<(usize, usize)> {
    let Some(lead) = lead else {
        return (0..all.len()).flat_map(|i| (i + 1..all.len()).map(move |j| (i, j))).collect();
    };
    let places: BTreeMap<u32, usize> =
        all.iter().zip(0..).map(|(&(name, _), at)| (name, at)).collect();
    let place = |name: &u32| places.get(name).copied();
    let credited = all
        .iter()
        .enumerate()
        .flat_map(|(i, (_, party))| party.credits.iter().filter_map(place).map(move |j| (i, j)));
    let with_lead = (0..all.len()).map(|i| (lead, i));
    let mut pairs: Vec<(usize, usize)> = with_lead
        .chain(credited)
        .filter(|(i, j)| i != j)
        .map(|(i, j)| (i.min(j), i.max(j)))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Pages of an outlet from which it is told when nearly all of them are removed.
const MANY_PAGES: u64 = 10;

/// Outlets named in one warning at most.
const NAMED: usize = 3;

/// A warning about the outlets of which nine pages in ten are removed, which may mean that one name
/// stands for two outlets, or that a template was taken for copies.
fn emptied(outlets: &[OutletLine]) -> Option<String> {
    let lines = outlets.iter().filter(|o| o.pages >= MANY_PAGES && 10 * o.removed > 9 * o.pages);
    let mut lines: Vec<&OutletLine> = lines.collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.removed));
    let told: Vec<String> = lines
        .iter()
        .take(NAMED)
        .map(|line| format!("{} ({} of {})", line.outlet, line.removed, line.pages))
        .collect();
    let rest = match lines.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more, see outlets.jsonl"),
    };
    let told = told.join(", ");
    (!lines.is_empty()).then(|| format!("more than nine in ten pages are removed of {told}{rest}"))
}

/// Pages of an outlet from which their common source may be its own name.
const OWN_PAGES: u32 = 3;

/// Which names mean the same: outlets are spelled with and without `صحيفة`, hamza, dots.
struct Names {
    /// Names of one group have one key.
    group: Vec<u32>,
    /// The name that stands for a group: the outlet with the most pages, or an agency.
    lead: Vec<u32>,
}

/// Words that a name is written with and without, in standard folding.
const GENERIC: [&str; 7] = ["صحيفه", "جريده", "موقع", "وكاله", "قناه", "مجله", "شبكه"];

impl Names {
    fn new(sources: &Sources, pages: u32) -> Self {
        let mut count = vec![0_u32; sources.names().len()];
        for outlet in (0..pages).filter_map(|page| sources.outlet(page)) {
            count[outlet as usize] += 1;
        }
        let folder = Folder::new(Profile::Standard);
        let mut groups: HashMap<String, u32> = HashMap::new();
        let (mut group, mut lead) = (Vec::new(), Vec::new());
        for (number, name) in sources.names().iter().enumerate() {
            let folded = folder.fold(name);
            let words = || (0..folded.len()).map(|i| folded.word(i));
            let key: String = words().skip_while(|word| GENERIC.contains(word)).collect();
            let key = if key.is_empty() { words().collect() } else { key };
            let next = lead.len() as u32;
            let of = *groups.entry(key).or_insert(next);
            if of == next {
                lead.push(number as u32);
            }
            group.push(of);
            let first = lead[of as usize] as usize;
            let rank = |at: usize| (count[at], std::cmp::Reverse(&sources.names()[at]));
            if rank(number) > rank(first) {
                lead[of as usize] = number as u32;
            }
        }
        let mut names = Self { group, lead };
        let agencies: Vec<u32> =
            groups.iter().filter(|(key, _)| is_agency(key)).map(|(_, &of)| of).collect();
        names.join_own(sources, &count, &agencies);
        names
    }

    /// Takes the name that most pages of an outlet give as their source for the outlet's own, where
    /// it is no agency and no outlet of its own: outlets known by their host or folder.
    fn join_own(&mut self, sources: &Sources, pages: &[u32], agencies: &[u32]) {
        let mut credits: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for page in 0..sources.len() as u32 {
            let Some(outlet) = sources.outlet(page) else { continue };
            let mut of: Vec<u32> = sources.credits(page).map(|c| self.group[c as usize]).collect();
            of.sort_unstable();
            of.dedup();
            for group in of {
                *credits.entry((outlet, group)).or_default() += 1;
            }
        }
        for ((outlet, group), times) in credits {
            let is_outlet = pages[self.lead[group as usize] as usize] > 0;
            let most = times >= OWN_PAGES && 2 * times > pages[outlet as usize];
            if most && !is_outlet && !agencies.contains(&group) {
                let own = self.group[outlet as usize];
                self.group.iter_mut().filter(|of| **of == group).for_each(|of| *of = own);
            }
        }
    }

    /// Whom a page of `outlet` means by `name`, if that is not itself.
    fn other(&self, name: u32, outlet: u32) -> Option<u32> {
        let [name, outlet] = [name, outlet].map(|number| self.group[number as usize]);
        (name != outlet).then(|| self.lead[name as usize])
    }
}

fn median(values: &mut [i32]) -> Option<f64> {
    values.sort_unstable();
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(f64::from(values[half])),
        _ => Some(f64::from(values[half - 1]).midpoint(f64::from(values[half]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pairs_that_count_are_looked_at(
            credits in prop::collection::vec(prop::collection::vec(0_u32..40, 0..4), 1..30),
            lead in 0_usize..30,
        ) {
            let parties: Vec<Party> =
                credits.into_iter().map(|credits| Party { credits, ..Party::default() }).collect();
            let lead = lead % parties.len();
            // Names need not be the places in the list.
            let all: Vec<(u32, &Party)> =
                parties.iter().zip(0..).map(|(party, at)| (37 - at, party)).collect();
            let every = looked_at(&all, None);
            prop_assert_eq!(every.len(), all.len() * (all.len() - 1) / 2);
            let credits = |x: usize, y: usize| all[x].1.credits.contains(&all[y].0);
            let counts = |&(i, j): &(usize, usize)| {
                i == lead || j == lead || credits(i, j) || credits(j, i)
            };
            let expected: Vec<(usize, usize)> = every.into_iter().filter(counts).collect();
            prop_assert_eq!(looked_at(&all, Some(lead)), expected);
        }
    }

    #[test]
    fn outlets_of_which_hardly_a_page_stays_are_named() {
        let line = |outlet: &str, pages, removed| OutletLine {
            outlet: outlet.to_owned(),
            pages,
            removed,
            ..OutletLine::default()
        };
        let some = [line("المرفأ", 30, 27), line("التلال", 9, 9), line("الكروم", 0, 0)];
        assert_eq!(emptied(&some), None);
        let many: Vec<OutletLine> =
            (0..5).map(|n| line(&format!("م{n}"), 20 + n, 20 + n)).collect();
        let told = emptied(&many).unwrap();
        assert!(told.contains("م4 (24 of 24), م3 (23 of 23), م2 (22 of 22) and 2 more"), "{told}");
    }
}
