//! Is it right: the threshold, what bands find, pairs and pages to look at.

use maud::{Markup, html};

use super::chart::Chart;
use super::gather::Facts;
use super::listing::page_link;
use super::summary::{bin_names, what_low_means};
use super::text::{code, number, percent, shown};
use super::words::Words;
use crate::evaluate::{SampleRecall, interval};
use crate::figures::count;
use crate::verify::MatchBy;

pub(super) fn section(facts: &Facts, sample: Option<&SampleRecall>, words: &Words) -> Markup {
    html! {
        div class="charts" {
            (pair_histogram(facts).render(words))
            (curve(facts).render(words))
        }
        p {
            @if facts.settings.match_by == MatchBy::Reader {
                (words.ta("by_reader", &[facts.settings.threshold.to_string()]))
            } @else {
                (words.ta("by_jaccard", &[facts.settings.threshold.to_string()]))
            }
        }
        (bandings(facts, words))
        (recall(facts, sample, words))
        (grey(facts, words))
        (weakest(facts, words))
        (lost(facts, words))
        (chains(facts, words))
        (funnel(facts, words))
    }
}

/// Scored pairs by similarity, with the threshold.
fn pair_histogram<'c>(facts: &Facts) -> Chart<'c> {
    let threshold = facts.settings.threshold;
    let (names, layers) = if let Some(pairs) = &facts.pairs {
        let layers = vec![
            ("accepted", "c1", pairs.accepted.clone()),
            ("not_accepted", "c4", pairs.others.clone()),
        ];
        (bin_names(), layers)
    } else {
        let steps = facts.stats.histograms.get("pair_jaccard");
        let at = |name: &String| steps.and_then(|steps| steps.get(name)).copied().unwrap_or(0);
        let names: Vec<String> = (0..20).map(|i| format!("{:.2}", f64::from(i) / 20.0)).collect();
        let layers = vec![("scored_pairs", "c1", names.iter().map(at).collect())];
        (names, layers)
    };
    Chart {
        title: "chart_pairs",
        x: "similarity",
        names,
        layers,
        log: true,
        marks: vec![("threshold", threshold)],
        ..Chart::default()
    }
}

/// The chance that bands find a pair, over the pairs that were scored.
fn curve<'c>(facts: &Facts) -> Chart<'c> {
    let points = facts.banding.map(|banding| {
        let points = (0..=100).map(|i| f64::from(i) / 100.0);
        ("found_by_bands", points.map(|s| (s, banding.probability(s))).collect())
    });
    Chart { title: "chart_curve", curve: points, ..pair_histogram(facts) }
}

/// What the bands find, and what other choices of the same signature would.
fn bandings(facts: &Facts, words: &Words) -> Markup {
    let Some(banding) = facts.banding else { return html! {} };
    let signature = facts.settings.signature;
    let mut choices = vec![banding];
    for rows in [1, 2, 3, 4, 5, 6, 8] {
        if let Ok(other) = crate::sketch::Banding::within(signature / rows, rows, signature)
            && other != banding
        {
            choices.push(other);
        }
    }
    let at = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9];
    html! {
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t("bandings")) }
                thead { tr {
                    th scope="col" { (words.t("bands_rows")) }
                    @for s in at { th scope="col" { (number(s)) } }
                } }
                tbody {
                    @for choice in choices {
                        tr class=[(choice == banding).then_some("chosen")] {
                            th scope="row" {
                                (number(format!("{} × {}", choice.bands(), choice.rows())))
                                @if choice == banding { " " (words.t("this_run")) }
                            }
                            @for s in at {
                                td class="n" { (format!("{:.1} %", choice.probability(s) * 100.0)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn recall(facts: &Facts, sample: Option<&SampleRecall>, words: &Words) -> Markup {
    html! {
        h3 { (words.t("recall")) }
        @if let Some(sample) = sample {
            @let (low, high) = interval(sample.joined, sample.pairs);
            p { (words.ta("recall_line", &[
                count(sample.sampled),
                count(sample.pages),
                count(sample.pairs),
                facts.settings.threshold.to_string(),
                count(sample.joined),
                percent(sample.joined, sample.pairs),
                format!("{:.1}–{:.1} %", low * 100.0, high * 100.0),
            ])) }
        }
        p { (words.t("recall_how")) " " code dir="ltr" { "tikrar report DIR --recall-sample 1000" } }
    }
}

fn grey(facts: &Facts, words: &Words) -> Markup {
    html! {
        h3 { (words.t("grey_zone")) }
        @match &facts.pairs {
            None => p { (words.t("grey_how")) " " code dir="ltr" { "--pairs" } },
            Some(pairs) => {
                p { (words.ta("grey_line", &[count(pairs.grey)])) }
                @if !pairs.nearest.is_empty() {
                    div class="scroll" tabindex="0" {
                        table {
                            caption { (words.t("grey_zone")) }
                            thead { tr {
                                th scope="col" { (words.t("page")) }
                                th scope="col" { (words.t("page")) }
                                th scope="col" { (words.t("similarity")) }
                                th scope="col" { (words.t("relation")) }
                                th scope="col" { (words.t("accepted")) }
                            } }
                            tbody {
                                @for pair in &pairs.nearest {
                                    tr {
                                        td { (code(&pair.a)) }
                                        td { (code(&pair.b)) }
                                        td class="n" { (number(format!("{:.4}", pair.jaccard))) }
                                        td { (code(pair.relation.name())) }
                                        td { (words.t(if pair.accepted { "yes" } else { "no" })) }
                                    }
                                }
                            }
                        }
                    }
                    p { (words.t("look_with")) " " code dir="ltr" { "tikrar compare A B --in DIR" } }
                }
            }
        }
    }
}

fn weakest(facts: &Facts, words: &Words) -> Markup {
    html! {
        h3 { (words.t("weakest")) }
        @if facts.weakest.is_empty() {
            p class="none" { (words.t("nothing")) }
        } @else {
            (what_low_means(facts, words))
            (removed_table(facts.weakest.iter(), "weakest_caption", words))
        }
    }
}

fn lost(facts: &Facts, words: &Words) -> Markup {
    html! {
        h3 { (words.t("lost")) }
        @if facts.lost.is_empty() {
            p class="none" { (words.t("nothing_lost")) }
        } @else {
            (removed_table(facts.lost.iter(), "lost_caption", words))
            p { (words.t("max_lost_hint")) " " code dir="ltr" { "--max-lost-words N" } }
        }
    }
}

fn removed_table<'r>(
    rows: impl Iterator<Item = &'r crate::write::RemovedLine>,
    caption: &str,
    words: &Words,
) -> Markup {
    html! {
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t(caption)) }
                thead { tr {
                    th scope="col" { (words.t("removed_page")) }
                    th scope="col" { (words.t("keeper")) }
                    th scope="col" { (words.t("similarity")) }
                    th scope="col" { (words.t("reason")) }
                    th scope="col" { (words.t("lost_words")) }
                    th scope="col" { (words.t("rarest")) }
                } }
                tbody {
                    @for line in rows {
                        tr {
                            td { (page_link(&line.id, None)) }
                            td { (page_link(&line.keep, None)) }
                            td class="n" { (number(format!("{:.4}", line.similarity))) }
                            td { (super::summary::reason_words(words, &line.reason)) }
                            td class="n" { (count(line.lost_words)) }
                            td { @for (i, word) in line.lost_rarest.iter().enumerate() {
                                @if i > 0 { (words.t("comma")) " " } (shown(word))
                            } }
                        }
                    }
                }
            }
        }
    }
}

/// Families of several clusters: stories that a chain of copies connects.
fn chains(facts: &Facts, words: &Words) -> Markup {
    html! {
        h3 { (words.t("chains")) }
        p { (words.ta("chains_line", &[
            count(facts.families.len() as u64), count(facts.stats.funnel.cut_edges)])) }
        @if !facts.families.is_empty() {
            div class="scroll" tabindex="0" {
                table {
                    caption { (words.t("chains_caption")) }
                    thead { tr {
                        th scope="col" { (words.t("versions")) }
                        th scope="col" { (words.t("pages")) }
                        th scope="col" { (words.t("first_cluster")) }
                    } }
                    tbody {
                        @for family in facts.families.iter().take(40) {
                            tr {
                                td class="n" { (count(u64::from(family.lines))) }
                                td class="n" { (count(family.pages)) }
                                td {
                                    @let at = family.first as usize;
                                    @if let Some(line) = facts.clusters.top.get(at) {
                                        (shown(&line.title))
                                    } @else { (words.ta("cluster_n", &[count(at as u64 + 1)])) }
                                    " " a class="open" data-open=(at) href={ "#clusters&c=" (at) } { (words.t("open")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn funnel(facts: &Facts, words: &Words) -> Markup {
    let funnel = &facts.stats.funnel;
    let rows = [
        ("funnel_exact", funnel.exact_copies),
        ("funnel_candidates", funnel.candidates),
        ("funnel_far", funnel.far_below),
        ("funnel_verified", funnel.verified),
        ("funnel_accepted", funnel.accepted),
        ("funnel_cut_pairs", funnel.cut_pairs),
        ("funnel_untried", funnel.untried),
    ];
    html! {
        h3 { (words.t("funnel")) }
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t("funnel")) }
                tbody {
                    @for (key, value) in rows {
                        tr {
                            th scope="row" { (words.t(key)) }
                            td class="n" { (count(value)) }
                            td class="n" {
                                @if funnel.candidates > 0 && key != "funnel_exact" {
                                    (percent(value, funnel.candidates))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
