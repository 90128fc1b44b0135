//! The ledger, what cutting blocks would save, and the charts of the whole.

use maud::{Markup, html};

use super::chart::{Chart, bar};
use super::gather::{BINS, Facts};
use super::text::{number, percent, share};
use super::words::Words;
use crate::figures::{bytes, count};
use crate::verify::MatchBy;

/// The ledger first, then the charts.
pub(super) fn section(facts: &Facts, words: &Words) -> Markup {
    html! {
        (ledger(facts, words))
        (waterfall(facts, words))
        div class="charts" {
            (sizes(facts, words).render(words))
            (months(facts, words).render(words))
            (spans(facts).render(words))
            (removed_by_similarity(facts).render(words))
        }
        @if !facts.weakest.is_empty() { (what_low_means(facts, words)) }
    }
}

/// What a low similarity of a removed page says where it decided nothing.
pub(super) fn what_low_means(facts: &Facts, words: &Words) -> Markup {
    html! {
        @if facts.settings.match_by == MatchBy::Reader { p { (words.t("by_reader_low")) } }
    }
}

fn ledger(facts: &Facts, words: &Words) -> Markup {
    let ledger = &facts.stats.ledger;
    let size = &ledger.bytes;
    let text = &ledger.words;
    let row = |key: &str, pages: u64, size: u64, words_in: Option<u64>| {
        html! {
            tr {
                th scope="row" { (words.t(key)) }
                td class="n" { (count(pages)) }
                td class="n" { (percent(pages, ledger.read)) }
                td class="n" { (bytes(size)) }
                td class="n" { (percent(size, size_of_all(facts))) }
                td class="n" { @if let Some(words_in) = words_in { (count(words_in)) } @else { "–" } }
            }
        }
    };
    let balances = ledger.balances();
    html! {
        div class={ "ledger " (if balances { "good" } else { "bad" }) } {
            p class="verdict" {
                span aria-hidden="true" { (if balances { "✓ " } else { "✗ " }) }
                (words.t(if balances { "ledger_balances" } else { "ledger_does_not" }))
            }
            div class="scroll" tabindex="0" {
                table {
                    caption { (words.t("ledger")) }
                    thead {
                        tr {
                            th scope="col" { (words.t("records")) }
                            th scope="col" { (words.t("pages")) }
                            th scope="col" { (words.t("share")) }
                            th scope="col" { (words.t("bytes")) }
                            th scope="col" { (words.t("share")) }
                            th scope="col" { (words.t("story_words")) }
                        }
                    }
                    tbody {
                        (row("read", ledger.read, size.read, Some(text.read)))
                        (row("kept", ledger.kept, size.kept, Some(text.kept)))
                        (row("removed", ledger.removed, size.removed, Some(text.removed)))
                        @for (reason, [pages, size]) in &facts.reasons {
                            tr class="part" {
                                th scope="row" { (reason_words(words, reason)) }
                                td class="n" { (count(*pages)) }
                                td class="n" { (percent(*pages, ledger.read)) }
                                td class="n" { (bytes(*size)) }
                                td class="n" { (percent(*size, size_of_all(facts))) }
                                td class="n" { "–" }
                            }
                        }
                        (row("rejected", ledger.rejected, size.rejected, None))
                    }
                }
            }
        }
    }
}

/// The words for a reason of removal.
pub(super) fn reason_words(words: &Words, reason: &str) -> Markup {
    match reason {
        "exact" => words.t("reason_exact"),
        "contains" => words.t("reason_contains"),
        _ => words.t("reason_copy"),
    }
}

fn size_of_all(facts: &Facts) -> u64 {
    facts.stats.ledger.bytes.read
}

/// From what was read to what is left, in bytes.
fn waterfall(facts: &Facts, words: &Words) -> Markup {
    let ledger = &facts.stats.ledger;
    let all = ledger.bytes.read;
    let of = |reason: &str| facts.reasons.get(reason).map_or(0, |sums| sums[1]);
    let steps = [
        ("read", all, "c0", ""),
        ("rejected", ledger.bytes.rejected, "c4", "−"),
        ("reason_exact", of("exact"), "c2", "−"),
        ("reason_copy", of("copy"), "c2", "−"),
        ("reason_contains", of("contains"), "c2", "−"),
        ("kept", ledger.bytes.kept, "c1", ""),
    ];
    let blocks = &facts.blocks;
    let cut = ledger.bytes.cut;
    html! {
        div class="scroll" tabindex="0" {
            table class="bars" {
                caption { (words.t("waterfall")) }
                tbody {
                    @for (key, size, class, sign) in steps {
                        @if size > 0 {
                            tr {
                                th scope="row" { (words.t(key)) }
                                td class="n" { bdi dir="ltr" { (sign) (bytes(size)) } }
                                td class="wide" { (bar(share(size, all), class)) }
                            }
                        }
                    }
                    @if blocks.on_kept > 0 {
                        tr {
                            th scope="row" { (words.t(if cut > 0 { "cut" } else { "would_cut" })) }
                            td class="n" { bdi dir="ltr" { "−" (bytes(cut.max(blocks.on_kept))) } }
                            td class="wide" { (bar(share(cut.max(blocks.on_kept), all), "c3")) }
                        }
                    }
                }
            }
        }
        @if cut > 0 {
            p { (words.ta("cut_done", &[count(ledger.cut_pages), bytes(cut)])) }
        } @else if blocks.on_kept > 0 {
            p {
                (words.ta("cut_hint", &[
                    bytes(blocks.on_kept),
                    percent(blocks.on_kept, ledger.bytes.kept),
                    count(blocks.number),
                ]))
                " " code dir="ltr" { "--cut-blocks" }
            }
        }
        @if facts.stats.problems.len() + facts.stats.warnings.len() > 0 {
            ul class="warnings" {
                @for problem in &facts.stats.problems { li class="alarm" { (super::text::code(problem)) } }
                @for warning in &facts.stats.warnings { li { (super::text::code(warning)) } }
            }
        }
        p {
            (words.ta("clusters_line", &[
                count(facts.stats.clusters),
                count(facts.stats.families),
                count(facts.stats.lone_versions),
            ]))
            " " (number(percent(ledger.removed, ledger.read))) " " (words.t("of_pages_removed"))
        }
        @if facts.odd_days > 0 {
            p class="alarm" { "▲ " (words.ta("odd_days_n", &[count(facts.odd_days)])) }
        }
    }
}

/// Sizes of clusters: single, then doubling steps.
fn sizes<'c>(facts: &Facts, _words: &Words) -> Chart<'c> {
    let mut bins: Vec<(u64, u64, u64)> = Vec::new();
    let mut from = 2_u64;
    while from < 1 << 40 {
        let to = if from < 4 { from } else { from * 2 - 1 };
        bins.push((from, to, 0));
        from = to + 1;
    }
    let sizes = facts.stats.histograms.get("cluster_size");
    for (size, clusters) in sizes.into_iter().flatten() {
        let size: u64 = size.parse().unwrap_or(0);
        if let Some(bin) = bins.iter_mut().find(|bin| (bin.0..=bin.1).contains(&size)) {
            bin.2 += clusters;
        }
    }
    let used = bins.iter().rposition(|bin| bin.2 > 0).map_or(0, |last| last + 1);
    bins.truncate(used);
    let name = |from, to| if from == to { format!("{from}") } else { format!("{from}–{to}") };
    Chart {
        title: "chart_sizes",
        x: "pages_of_cluster",
        names: bins.iter().map(|&(from, to, _)| name(from, to)).collect(),
        layers: vec![("clusters", "c1", bins.iter().map(|bin| bin.2).collect())],
        log: true,
        ..Chart::default()
    }
}

/// When stories began, by month; by year where there are many.
fn months<'c>(facts: &Facts, _words: &Words) -> Chart<'c> {
    const MOST: i32 = 60;
    let range = facts.months.first_key_value().zip(facts.months.last_key_value());
    let (names, stories, copies) = match range {
        None => (Vec::new(), Vec::new(), Vec::new()),
        Some(((&first, _), (&last, _))) => {
            // A stray date must not make a thousand columns.
            let step = if last - first < MOST { 1 } else { 12 };
            let (from, to) = (first.div_euclid(step), last.div_euclid(step));
            let from = from.max(to - 2 * MOST);
            let columns = (to - from + 1) as usize;
            let mut sums = vec![[0_u64; 2]; columns];
            for (&month, counts) in &facts.months {
                let at = (month.div_euclid(step) - from).max(0) as usize;
                sums[at][0] += counts[0];
                sums[at][1] += counts[1];
            }
            let name = |at: i32| match step {
                1 => format!("{:04}-{:02}", at.div_euclid(12), at.rem_euclid(12) + 1),
                _ => format!("{at:04}"),
            };
            (
                (from..=to).map(name).collect(),
                sums.iter().map(|sum| sum[0]).collect(),
                sums.iter().map(|sum| sum[1]).collect(),
            )
        }
    };
    Chart {
        title: "chart_months",
        x: "month",
        names,
        layers: vec![("stories", "c1", stories), ("copies", "c2", copies)],
        ..Chart::default()
    }
}

/// How long stories were copied.
fn spans<'c>(facts: &Facts) -> Chart<'c> {
    const BOUNDS: [(&str, i32); 9] = [
        ("0", 0),
        ("1", 1),
        ("2", 2),
        ("3", 3),
        ("4–7", 7),
        ("8–14", 14),
        ("15–30", 30),
        ("31–365", 365),
        ("366+", i32::MAX),
    ];
    let mut counts = vec![0; BOUNDS.len()];
    for (&days, clusters) in &facts.spans {
        let at = BOUNDS.iter().position(|&(_, to)| days <= to).unwrap_or(BOUNDS.len() - 1);
        counts[at] += clusters;
    }
    Chart {
        title: "chart_spans",
        x: "days_between",
        names: BOUNDS.iter().map(|&(name, _)| name.to_owned()).collect(),
        layers: vec![("clusters", "c1", counts)],
        ..Chart::default()
    }
}

fn removed_by_similarity<'c>(facts: &Facts) -> Chart<'c> {
    Chart {
        title: "chart_removed",
        x: "similarity",
        names: bin_names(),
        layers: vec![("removed_pages", "c2", facts.similarity.clone())],
        log: true,
        ..Chart::default()
    }
}

/// Lower ends of the bars of similarity.
pub(super) fn bin_names() -> Vec<String> {
    (0..BINS).map(|i| format!("{:.2}", i as f64 / BINS as f64)).collect()
}
