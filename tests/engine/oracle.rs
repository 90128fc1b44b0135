//! The engine against an exact join of all pairs of pages: an inverted index over shingles that
//! are spelled out, without sketch, band or hash. Only the folding is shared with the engine.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde_json::Value;
use tikrar::config::{MatchBy, MatchConfig};
use tikrar::fold::{Folder, Profile};
use tikrar::passage::{Scope, breaks_off};
use tikrar::segment::parse_day;
use tikrar::shingle::Shingle;

use crate::support::archive::Edit;
use crate::support::{Place, dedup, lines, shared, unpacked};

const THRESHOLD: f64 = 0.7;

/// A page as the oracle sees it.
struct Doc {
    id: String,
    /// Numbers of its shingles, ascending, each once.
    shingles: Vec<u32>,
    /// Its place in the order of preference: not cut off, earliest, longest, lowest id.
    rank: (bool, bool, Option<i32>, Reverse<usize>, String),
}

/// Gives numbers to shingles; two shingles have one number only if their words are the same.
#[derive(Default)]
struct Numbers {
    words: HashMap<String, u32>,
    shingles: HashMap<Vec<u32>, u32>,
}

impl Numbers {
    fn of(&mut self, words: &[String]) -> Vec<u32> {
        let words: Vec<u32> = words
            .iter()
            .map(|word| {
                let next = self.words.len() as u32;
                *self.words.entry(word.clone()).or_insert(next)
            })
            .collect();
        // A text of one or two words is one shingle of its own; an empty one has none.
        let size = words.len().clamp(1, 3);
        let mut numbers: Vec<u32> = words
            .windows(size)
            .map(|shingle| {
                let next = self.shingles.len() as u32;
                *self.shingles.entry(shingle.to_vec()).or_insert(next)
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

fn docs(path: &Path) -> Vec<Doc> {
    let folder = Folder::new(Profile::Standard);
    let words = |text: &str| {
        let folded = folder.fold(text);
        (0..folded.len()).map(|i| folded.word(i).to_owned()).collect::<Vec<_>>()
    };
    let mut numbers = Numbers::default();
    let bytes = unpacked(path);
    let records = bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    records
        .map(|line| {
            let record: Value = serde_json::from_slice(line).unwrap();
            let field = |names: &[&str]| {
                names.iter().find_map(|name| record[name].as_str()).unwrap_or_default().to_owned()
            };
            let id = record["id"].as_str().map_or_else(|| record["id"].to_string(), str::to_owned);
            let text = field(&["text", "content"]);
            let (mut story, title) = (words(&text), words(&field(&["title"])));
            if !story.is_empty() && !story.starts_with(&title) {
                story.splice(0..0, title);
            }
            let day = parse_day(&field(&["date", "date_extracted"])).map(|day| day.0);
            let cut_off = breaks_off(&text, folder.fold(&text).hashes().last().copied());
            let rank = (cut_off, day.is_none(), day, Reverse(story.len()), id.clone());
            Doc { id, shingles: numbers.of(&story), rank }
        })
        .collect()
}

fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        both += usize::from(a[i] == b[j]);
        let (x, y) = (a[i], b[j]);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

/// All pairs at or above the threshold.
fn exact_pairs(docs: &[Doc]) -> BTreeMap<(usize, usize), f64> {
    let mut postings: Vec<Vec<u32>> = Vec::new();
    let mut pairs = BTreeMap::new();
    let mut shared = vec![0_u32; docs.len()];
    for (b, doc) in docs.iter().enumerate() {
        let mut touched = Vec::new();
        for &shingle in &doc.shingles {
            let shingle = shingle as usize;
            if postings.len() <= shingle {
                postings.resize(shingle + 1, Vec::new());
            }
            for &a in &postings[shingle] {
                if shared[a as usize] == 0 {
                    touched.push(a as usize);
                }
                shared[a as usize] += 1;
            }
            postings[shingle].push(b as u32);
        }
        for a in touched {
            let both = std::mem::take(&mut shared[a]) as usize;
            let all = docs[a].shingles.len() + doc.shingles.len() - both;
            let jaccard = both as f64 / all as f64;
            if jaccard >= THRESHOLD {
                pairs.insert((a, b), jaccard);
            }
        }
    }
    pairs
}

/// The smallest page that accepted pairs connect each page with.
fn families(pages: usize, accepted: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut family: Vec<usize> = (0..pages).collect();
    loop {
        let before = family.clone();
        for &(a, b) in accepted {
            let first = family[a].min(family[b]);
            (family[a], family[b]) = (first, first);
        }
        if family == before {
            return family;
        }
    }
}

fn rounded(similarity: f64) -> f64 {
    (similarity * 1e4).round() / 1e4
}

/// Runs the engine on a JSONL file and holds every promise against the exact join.
fn compare(place: &Place, path: &Path) {
    let matching = MatchConfig {
        scope: Scope::Page,
        match_by: MatchBy::Jaccard,
        shingle: Some(Shingle::WORD_3),
        threshold: THRESHOLD,
        pairs: true,
        ..MatchConfig::default()
    };
    let run = dedup(place, "RUN", &[path.to_owned()], &matching);
    assert_eq!(run.stats.funnel.pairs_left_out, 0, "every pair must be spelled out here");
    let dir = run.dir.unwrap();

    let docs = docs(path);
    let exact = exact_pairs(&docs);
    let number: BTreeMap<&str, usize> =
        docs.iter().enumerate().map(|(at, doc)| (doc.id.as_str(), at)).collect();
    assert_eq!(number.len(), docs.len(), "ids are unique in these archives");
    assert_eq!(run.stats.ledger.read, docs.len() as u64);
    let page = |value: &Value| number[value.as_str().unwrap()];

    // Every accepted edge is at or above the threshold, and every score is exact.
    let mut accepted = BTreeSet::new();
    for pair in lines(&dir.join("pairs.jsonl")) {
        let (a, b) = (page(&pair["a"]), page(&pair["b"]));
        let jaccard = jaccard(&docs[a].shingles, &docs[b].shingles);
        assert_eq!(pair["jaccard"].as_f64(), Some(rounded(jaccard)), "{pair}");
        assert_eq!(pair["accepted"].as_bool(), Some(jaccard >= THRESHOLD), "{pair}: {jaccard}");
        if jaccard >= THRESHOLD {
            accepted.insert((a.min(b), a.max(b)));
        }
    }
    let family = families(docs.len(), &accepted);

    // Clusters: every member is a copy of the page that is kept; a name is a family.
    let mut anchor: Vec<usize> = (0..docs.len()).collect();
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let mut clustered = BTreeSet::new();
    for cluster in lines(&dir.join("clusters.jsonl")) {
        let keep = page(&cluster["keep"]);
        let name = cluster["family"].as_str().unwrap().to_owned();
        assert_eq!(*named.entry(name).or_insert(family[keep]), family[keep], "{cluster}");
        for member in cluster["members"].as_array().unwrap() {
            let at = page(&member["id"]);
            let jaccard = jaccard(&docs[at].shingles, &docs[keep].shingles);
            assert!(jaccard >= THRESHOLD, "{member} is no copy of {}", docs[keep].id);
            assert_eq!(member["similarity"].as_f64(), Some(rounded(jaccard)), "{member}");
            assert!(docs[keep].rank <= docs[at].rank, "{member} was to be kept");
            assert_eq!(family[at], family[keep]);
            assert!(clustered.insert(at), "{member} stands in two clusters");
            anchor[at] = keep;
        }
    }
    assert_eq!(
        named.values().collect::<BTreeSet<_>>().len(),
        named.len(),
        "two names for one family"
    );

    // Pages of one family stand apart only with a reason.
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    (0..docs.len()).for_each(|at| members.entry(family[at]).or_default().push(at));
    let mut apart = 0;
    for pages in members.values().filter(|pages| pages.len() > 1) {
        for &at in pages {
            for &other in pages.iter().filter(|&&other| anchor[other] == other) {
                if docs[other].rank < docs[anchor[at]].rank {
                    apart += 1;
                    let jaccard = jaccard(&docs[at].shingles, &docs[other].shingles);
                    assert!(
                        jaccard < THRESHOLD,
                        "{} had to join {} ({jaccard})",
                        docs[at].id,
                        docs[other].id
                    );
                }
            }
        }
    }

    // Recall.
    let found = exact.keys().filter(|pair| accepted.contains(pair)).count();
    let listed =
        |pair: &&(usize, usize)| clustered.contains(&pair.0) && clustered.contains(&pair.1);
    let related = exact.keys().filter(listed).filter(|&&(a, b)| family[a] == family[b]).count();
    let unlisted = exact.len() - exact.keys().filter(listed).count();
    println!(
        "{}: {} pages, {} exact pairs, {found} accepted, {related} in one family, {} with an end \
         that is not listed; {} clusters; {apart} times a page was held apart from an earlier anchor",
        path.file_name().unwrap().display(),
        docs.len(),
        exact.len(),
        unlisted,
        run.stats.clusters,
    );
    assert!(exact.len() > 100, "too few pairs to tell");
    assert!(found as f64 >= 0.99 * exact.len() as f64);
    assert!(related as f64 >= 0.99 * exact.len() as f64);
}

#[test]
fn the_engine_agrees_with_an_exact_join_of_a_synthetic_archive() {
    let place = Place::new();
    let (path, pages) = place.put_archive("pages.jsonl", 1, 6000);
    for edit in [
        Edit::Original,
        Edit::Exact,
        Edit::Respelled,
        Edit::Edited,
        Edit::Chained,
        Edit::Template,
        Edit::Short,
        Edit::Empty,
    ] {
        let count = pages.iter().filter(|page| page.edit == edit).count();
        assert!(count >= 50, "{count} pages are {edit:?}");
    }
    compare(&place, &path);
}

#[test]
fn the_engine_agrees_with_an_exact_join_of_real_news() {
    if let Some(path) = shared("data/saudinewsnet-2015-07.jsonl.zst") {
        compare(&Place::new(), &path);
    }
}
