//! `tikrar evaluate`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;
use tikrar::config::MatchBy;
use tikrar::error::{Error, ErrorKind};
use tikrar::evaluate::{
    Agreement, Confusion, CurvePoint, Found, Label, Scored, Truth, compare_clusters, curve,
    interval, known_pages,
};
use tikrar::verify::Relation;

use super::args::EvaluateArgs;
use super::progress::Talk;
use super::report::measure_recall;
use super::show::{clean, count, counted, json as show_json};
use super::{Failure, reading};

/// Thresholds of the precision and recall curve.
const THRESHOLDS: [f64; 13] =
    [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8];

/// Runs the command.
pub(super) fn run(args: &EvaluateArgs) -> Result<u8, Failure> {
    let threshold = check_settings(args)?;
    let talk = Talk::new(args.progress, args.quiet, false);
    let found = Found::read(&args.dir, &talk)?;
    let mut out = io::stdout().lock();
    let mut report = json!({});
    if args.truth.is_empty() {
        let pool = reading::threads(args.threads)?;
        let recall = pool.install(|| {
            let threshold = threshold.unwrap_or(found.settings.threshold);
            measure_recall(&args.dir, &found, threshold, args.sample, &talk)
        })?;
        let threshold = threshold.unwrap_or(found.settings.threshold);
        let between = (recall.pairs > 0).then(|| interval(recall.joined, recall.pairs));
        report["sample"] = json!({
            "sampled": recall.sampled, "pages": recall.pages, "threshold": threshold,
            "pairs": recall.pairs, "joined": recall.joined, "scored": recall.scored,
            "interval": between,
        });
        if !args.json {
            writeln!(
                out,
                "{} pages drawn, each joined exactly with all {}: {} pairs have Jaccard >= {threshold}",
                count(recall.sampled),
                count(recall.pages),
                count(recall.pairs)
            )?;
            if let Some(scored) = recall.scored {
                writeln!(out, "compared by the run    {}", share(scored, recall.pairs))?;
            }
            writeln!(out, "in one family          {}", share(recall.joined, recall.pairs))?;
        }
    }
    for path in &args.truth {
        let mut truth = read_truth(path)?;
        let strange = Strange::take_out(&mut truth, &args.dir, &talk)?;
        let part = against(&truth, &found);
        if !args.json {
            writeln!(out, "{}", clean(&path.display().to_string()))?;
            strange.print(&mut out)?;
            print_truth(&mut out, &truth, &part, args.wrong)?;
        }
        let mut told = part.to_json();
        told["not_in_run"] = strange.to_json();
        report[path.display().to_string()] = told;
    }
    if args.json {
        show_json(&mut out, &report)?;
    }
    out.flush()?;
    Ok(0)
}

/// The threshold that was asked for, if it and the sample can be used.
fn check_settings(args: &EvaluateArgs) -> Result<Option<f64>, Failure> {
    let bad = |setting, value: String, reason: &str| {
        let reason = reason.to_owned();
        Err(Error::from(ErrorKind::BadSetting { setting, value, reason }).into())
    };
    match args.threshold {
        Some(at) if !(at > 0.0 && at <= 1.0) => {
            bad("--threshold", at.to_string(), "it is a similarity above 0, at most 1")
        }
        _ if args.sample == 0 => bad("--sample", "0".to_owned(), "of no page nothing is measured"),
        threshold => Ok(threshold),
    }
}

fn share(hits: u64, of: u64) -> String {
    if of == 0 {
        return "none (0 of 0)".to_owned();
    }
    let (value, (low, high)) = (hits as f64 / of as f64, interval(hits, of));
    format!("{value:.4} ({} of {}; 95 % interval {low:.4} to {high:.4})", count(hits), count(of))
}

/// A share of labels; of no label there is none.
fn part(share: Option<f64>) -> String {
    share.map_or_else(|| "none".to_owned(), |share| format!("{share:.4}"))
}

/// Labels about pages that the run has not: they say nothing about it.
#[derive(Default)]
struct Strange {
    /// Whether the run holds the pages by which that is known.
    is_known: bool,
    pages: usize,
    pairs: usize,
    /// The first of their ids.
    ids: Vec<String>,
}

impl Strange {
    /// Ids that are told.
    const TOLD: usize = 5;

    fn take_out(truth: &mut Truth, dir: &Path, talk: &Talk) -> Result<Self, Failure> {
        let wanted: BTreeSet<&str> = truth.ids().collect();
        let Some(known) = known_pages(dir, &wanted, reading::maps(false), talk)? else {
            return Ok(Self::default());
        };
        let unknown = wanted.iter().filter(|id| !known.contains(**id));
        let ids = unknown.take(Self::TOLD).map(|&id| id.to_owned()).collect();
        let (pages, pairs) = (truth.stories.len(), truth.pairs.len());
        truth.stories.retain(|page| known.contains(&page.id));
        truth.pairs.retain(|pair| known.contains(&pair.a) && known.contains(&pair.b));
        Ok(Self {
            is_known: true,
            pages: pages - truth.stories.len(),
            pairs: pairs - truth.pairs.len(),
            ids,
        })
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        if self.pages + self.pairs == 0 {
            return Ok(());
        }
        let ids: Vec<String> = self.ids.iter().map(|id| clean(id)).collect();
        writeln!(
            out,
            "left out: {} and {} whose ids are not in the run, as {}",
            counted(self.pages as u64, "labeled page"),
            counted(self.pairs as u64, "pair"),
            ids.join(", ")
        )
    }

    fn to_json(&self) -> serde_json::Value {
        if !self.is_known {
            return serde_json::Value::Null;
        }
        json!({ "pages": self.pages, "pairs": self.pairs, "first_ids": self.ids })
    }
}

fn read_truth(path: &Path) -> Result<Truth, Failure> {
    let text = std::fs::read_to_string(path).map_err(|source| {
        Error::from(ErrorKind::InputUnreadable { path: path.to_owned(), source })
    })?;
    let refused = |reason: String| {
        let value = path.display().to_string();
        Error::from(ErrorKind::BadSetting { setting: "--truth", value, reason })
    };
    let truth = Truth::parse(&text).map_err(|error| refused(error.to_string()))?;
    if truth.is_empty() {
        return Err(refused("it has no label that counts".to_owned()).into());
    }
    Ok(truth)
}

/// What a truth file says of a run.
struct Judged {
    stories: Option<Agreement>,
    pairs: Option<(Confusion, Option<f64>, Option<f64>)>,
    curve: Vec<(f64, f64, f64)>,
}

fn against(truth: &Truth, found: &Found) -> Judged {
    let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
    let alone = found.clusters.len() as u64;
    let pages: Vec<(u64, u64)> = truth
        .stories
        .iter()
        .enumerate()
        .map(|(at, page)| {
            let next = numbers.len() as u64;
            let story = *numbers.entry(&page.story).or_insert(next);
            let cluster = found.clusters.get(&page.id).map(|found| found.0);
            (story, cluster.unwrap_or(alone + at as u64))
        })
        .collect();
    let stories = (!pages.is_empty()).then(|| compare_clusters(&pages));
    let pairs = (!truth.pairs.is_empty()).then(|| {
        let confusion = Confusion::of(&truth.pairs, |pair| found.relation(&pair.a, &pair.b));
        let copies = truth.pairs.iter().filter(|pair| pair.label == Label::Copy);
        let (mut cluster, mut family, mut all) = (0u64, 0u64, 0u64);
        for pair in copies {
            all += 1;
            cluster += u64::from(found.one_cluster(&pair.a, &pair.b));
            family += u64::from(found.one_family(&pair.a, &pair.b));
        }
        let part = |hits: u64| (all > 0).then(|| hits as f64 / all as f64);
        (confusion, part(cluster), part(family))
    });
    // Where Jaccard decides, the curve says what another threshold would have found.
    let scored: Vec<Scored> = truth
        .pairs
        .iter()
        .filter(|_| found.settings.match_by == MatchBy::Jaccard)
        .map(|pair| Scored {
            score: found.pair(&pair.a, &pair.b).map_or(0.0, |pair| pair.jaccard),
            is_copy: pair.label == Label::Copy,
            may_be_copy: [Some(pair.label), pair.second].contains(&Some(Label::Copy)),
            weight: pair.weight,
        })
        .collect();
    let curve = if scored.is_empty() {
        Vec::new()
    } else {
        let point = |p: CurvePoint| (p.threshold, p.accuracy.precision, p.accuracy.recall);
        curve(&scored, &THRESHOLDS).into_iter().map(point).collect()
    };
    Judged { stories, pairs, curve }
}

impl Judged {
    fn to_json(&self) -> serde_json::Value {
        let mut out = json!({});
        if let Some(found) = &self.stories {
            out["stories"] = json!({
                "pages": found.pages,
                "pairwise": { "precision": found.pairwise.precision, "recall": found.pairwise.recall,
                    "f1": found.pairwise.f1() },
                "b_cubed": { "precision": found.b_cubed.precision, "recall": found.b_cubed.recall,
                    "f1": found.b_cubed.f1() },
                "adjusted_rand": found.adjusted_rand,
            });
        }
        if let Some((confusion, cluster, family)) = &self.pairs {
            let table: BTreeMap<&str, BTreeMap<&str, u64>> = Label::ALL
                .into_iter()
                .map(|label| {
                    let row =
                        columns().map(|(name, relation)| (name, confusion.count(label, relation)));
                    (label.name(), row.collect())
                })
                .collect();
            out["pairs"] = json!({
                "confusion": table, "copy_precision": copy_precision(confusion),
                "weighted_copies": { "precision": confusion.weighted_copies().precision,
                    "recall": confusion.weighted_copies().recall },
                "copies_in_one_cluster": cluster, "copies_in_one_family": family,
            });
        }
        if !self.curve.is_empty() {
            out["curve"] = json!(self.curve);
        }
        out
    }
}

/// Share of what was called a copy that is labeled so, if anything was.
fn copy_precision(confusion: &Confusion) -> Option<f64> {
    let called = |label| confusion.count(label, Some(Relation::Copy)) > 0;
    Label::ALL.into_iter().any(called).then(|| confusion.copy_precision())
}

fn columns() -> impl Iterator<Item = (&'static str, Option<Relation>)> {
    let named = Relation::ALL.into_iter().map(|relation| (relation.name(), Some(relation)));
    named.chain([("not seen", None)])
}

fn print_truth(
    out: &mut impl Write,
    truth: &Truth,
    judged: &Judged,
    wrong: usize,
) -> io::Result<()> {
    if let Some(found) = &judged.stories {
        writeln!(out, "{} labeled pages   precision    recall        F1", count(found.pages))?;
        for (name, a) in [("pairwise", found.pairwise), ("B-cubed", found.b_cubed)] {
            writeln!(out, "{name:<17} {:>10.4} {:>9.4} {:>9.4}", a.precision, a.recall, a.f1())?;
        }
        writeln!(out, "adjusted Rand index {:.4}", found.adjusted_rand)?;
    }
    if let Some((confusion, cluster, family)) = &judged.pairs {
        write!(out, "{:<10}", "label")?;
        columns().try_for_each(|(name, _)| write!(out, "{name:>10}"))?;
        writeln!(out, "{:>10}", "right")?;
        for label in Label::ALL.into_iter().filter(|&label| confusion.labeled(label) > 0) {
            write!(out, "{:<10}", label.name())?;
            columns().try_for_each(|(_, r)| write!(out, "{:>10}", confusion.count(label, r)))?;
            writeln!(out, "{:>10.4}", confusion.recall(label))?;
        }
        writeln!(
            out,
            "called copy and labeled so (first or second label): {}",
            part(copy_precision(confusion))
        )?;
        if truth.pairs.iter().any(|pair| (pair.weight - 1.0).abs() > f64::EPSILON) {
            let copies = confusion.weighted_copies();
            writeln!(
                out,
                "copies, by weight: precision {:.4}, recall {:.4}",
                copies.precision, copies.recall
            )?;
        }
        let (cluster, family) = (part(*cluster), part(*family));
        writeln!(out, "labeled copies in one cluster {cluster}, in one family {family}")?;
        writeln!(out, "{} of {} pairs seen otherwise:", confusion.wrong.len(), truth.pairs.len())?;
        for pair in confusion.wrong.iter().take(wrong) {
            writeln!(
                out,
                "  {} {}: {}, seen as {}",
                clean(&pair.pair.a),
                clean(&pair.pair.b),
                pair.pair.label.name(),
                pair.relation.map_or("nothing", Relation::name)
            )?;
        }
    }
    if !judged.curve.is_empty() {
        writeln!(out, "threshold  precision    recall   (copies by Jaccard)")?;
        for (threshold, precision, recall) in &judged.curve {
            writeln!(out, "{threshold:>9.2} {precision:>10.4} {recall:>9.4}")?;
        }
    }
    Ok(())
}
