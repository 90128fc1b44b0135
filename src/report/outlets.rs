//! Outlets: who published first, who has it from whom, what is left of each.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::chart::bar;
use super::gather::Facts;
use super::text::{name, number, percent, share};
use super::words::Words;
use crate::figures::count;
use crate::write::EdgeLine;

/// Outlets of a matrix.
const MATRIX: usize = 20;
/// Outlets of the table.
const ROWS: usize = 300;
/// Share of removed pages from which an outlet is an alarm.
const ALARM: f64 = 0.9;
/// Pages from which it is.
const ALARM_PAGES: u64 = 10;

/// The profile of every outlet, then the matrices.
pub(super) fn section(facts: &Facts, words: &Words) -> Markup {
    let outlets = &facts.outlets;
    if outlets.is_empty() {
        return html! { p class="none" { (words.t("no_outlets")) } };
    }
    let mut order: Vec<usize> = (0..outlets.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(outlets[i].pages), i));
    let alarms: Vec<usize> = order
        .iter()
        .copied()
        .filter(|&i| {
            let line = &outlets[i];
            line.pages >= ALARM_PAGES && share(line.removed, line.pages) > ALARM
        })
        .collect();
    let named: u64 = outlets.iter().map(|line| line.pages).sum();
    let ledger = &facts.stats.ledger;
    let unnamed = (ledger.kept + ledger.removed).saturating_sub(named);
    html! {
        @if alarms.is_empty() {
            p class="good" { span aria-hidden="true" { "✓ " } (words.t("no_alarm")) }
        } @else {
            div class="alarm" role="alert" {
                p { span aria-hidden="true" { "▲ " } (words.ta("alarm", &[count(alarms.len() as u64)])) }
                ul { @for &i in alarms.iter().take(20) {
                    li { (name(&outlets[i].outlet)) " "
                        (number(percent(outlets[i].removed, outlets[i].pages))) }
                } }
            }
        }
        div class="scroll" tabindex="0" {
            table class="outlets" {
                caption { (words.t("outlets_table")) }
                thead { tr {
                    th scope="col" { (words.t("outlet")) }
                    th scope="col" { (words.t("pages")) }
                    th scope="col" { (words.t("own_share")) }
                    th scope="col" { (words.t("first_of")) }
                    th scope="col" { (words.t("copied_in")) }
                    th scope="col" { (words.t("copied_out")) }
                    th scope="col" { (words.t("removal_rate")) }
                } }
                tbody {
                    @for &i in order.iter().take(ROWS) {
                        @let line = &outlets[i];
                        @let rate = share(line.removed, line.pages);
                        tr {
                            th scope="row" { (name(&line.outlet)) }
                            td class="n" { (count(line.pages)) }
                            td class="n" { (percent(line.unique, line.pages))
                                (bar(share(line.unique, line.pages), "c1")) }
                            td class="n" { (count(line.first)) }
                            td class="n" { (count(line.copied_in)) }
                            td class="n" { (count(line.copied_out)) }
                            td class="n" {
                                @if rate > ALARM && line.pages >= ALARM_PAGES { span aria-hidden="true" { "▲ " } }
                                (percent(line.removed, line.pages))
                                (bar(rate, if rate > ALARM { "c4" } else { "c2" }))
                            }
                        }
                    }
                }
            }
        }
        @if outlets.len() > ROWS {
            p { (words.ta("more_outlets", &[count((outlets.len() - ROWS) as u64)])) " "
                (super::text::code("outlets.jsonl")) }
        }
        @if unnamed > 0 { p { (words.ta("unnamed", &[count(unnamed)])) } }
        h3 { (words.t("from_whom")) }
        p { (words.t("matrix_hint")) }
        (matrix(facts, words, "matrix_credited", |edge| edge.credited))
        (matrix(facts, words, "matrix_dated", |edge| edge.dated))
        (ties(facts, words))
        (partners(facts, words))
    }
}

/// The outlets with most clusters of a kind, in order of their names' ranks.
fn busiest(facts: &Facts, value: impl Fn(&EdgeLine) -> u64) -> Vec<&str> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for edge in &facts.edges {
        let more = value(edge);
        if more > 0 {
            *sums.entry(&edge.from).or_default() += more;
            *sums.entry(&edge.to).or_default() += more;
        }
    }
    let mut all: Vec<(&str, u64)> = sums.into_iter().collect();
    all.sort_by_key(|&(name, sum)| (std::cmp::Reverse(sum), name));
    all.truncate(MATRIX);
    all.into_iter().map(|(name, _)| name).collect()
}

fn shade(value: u64, most: u64) -> String {
    let steps = 8.0 * (value as f64 + 1.0).ln() / (most as f64 + 1.0).ln();
    format!("h{}", (steps.ceil() as u64).clamp(1, 8))
}

fn matrix(facts: &Facts, words: &Words, key: &str, value: impl Fn(&EdgeLine) -> u64) -> Markup {
    let names = busiest(facts, &value);
    if names.is_empty() {
        return html! { h4 { (words.t(key)) } p class="none" { (words.t("nothing")) } };
    }
    let mut cells: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for edge in &facts.edges {
        *cells.entry((&edge.from, &edge.to)).or_default() += value(edge);
    }
    let get = |from: &str, to: &str| cells.get(&(from, to)).copied().unwrap_or(0);
    // Rows and columns with nothing in them are left out: agencies have rows only.
    let rows: Vec<&str> =
        names.iter().copied().filter(|from| names.iter().any(|to| get(from, to) > 0)).collect();
    let columns: Vec<&str> =
        names.iter().copied().filter(|to| names.iter().any(|from| get(from, to) > 0)).collect();
    let most = cells.values().copied().max().unwrap_or(1);
    grid(facts, words, (key, true), [&rows, &columns], most, get)
}

fn grid(
    facts: &Facts,
    words: &Words,
    (key, directed): (&str, bool),
    [rows, columns]: [&[&str]; 2],
    most: u64,
    get: impl Fn(&str, &str) -> u64,
) -> Markup {
    // Names may be long; the script knows outlets by number.
    let number = |name: &str| facts.clusters.outlets.iter().position(|other| other == name);
    html! {
        div class="scroll" tabindex="0" {
            table class="matrix" {
                caption { (words.t(key)) }
                thead { tr {
                    td class="corner" {
                        @if directed { (words.t("row_earlier")) br; (words.t("column_later")) }
                    }
                    @for to in columns { th scope="col" { div { (name(to)) } } }
                } }
                tbody {
                    @for from in rows {
                        tr {
                            th scope="row" { (name(from)) }
                            @for to in columns {
                                @let clusters = get(from, to);
                                @if clusters > 0 {
                                    td class=(shade(clusters, most)) data-from=[number(from)] data-to=[number(to)] {
                                        (count(clusters))
                                    }
                                } @else { td class=(if from == to { "same" } else { "" }) {} }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Clusters of two outlets that have no direction: the day is the same, or one is missing.
fn ties(facts: &Facts, words: &Words) -> Markup {
    let names = busiest(facts, |edge| edge.tie + edge.undated);
    if names.is_empty() {
        return html! { h4 { (words.t("matrix_tie")) } p class="none" { (words.t("nothing")) } };
    }
    let mut cells: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for edge in &facts.edges {
        let (a, b) = (edge.from.as_str(), edge.to.as_str());
        let sum = edge.tie + edge.undated;
        *cells.entry((a.min(b), a.max(b))).or_default() += sum;
    }
    let rank = |name: &str| names.iter().position(|other| *other == name);
    let most = cells.values().copied().max().unwrap_or(1);
    // One half of the square says all.
    let get = |a: &str, b: &str| {
        let cell = cells.get(&(a.min(b), a.max(b))).filter(|_| rank(a) < rank(b));
        cell.copied().unwrap_or(0)
    };
    grid(facts, words, ("matrix_tie", false), [&names, &names], most, get)
}

/// The strongest directions, as a list.
fn partners(facts: &Facts, words: &Words) -> Markup {
    let mut edges: Vec<&EdgeLine> =
        facts.edges.iter().filter(|edge| edge.credited + edge.dated > 0).collect();
    edges.sort_by_key(|edge| (std::cmp::Reverse(edge.credited + edge.dated), &edge.from, &edge.to));
    html! {
        h4 { (words.t("strongest")) }
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t("strongest_caption")) }
                thead { tr {
                    th scope="col" { (words.t("earlier")) }
                    th scope="col" { (words.t("later")) }
                    th scope="col" { (words.t("credited")) }
                    th scope="col" { (words.t("dated")) }
                    th scope="col" { (words.t("ties")) }
                    th scope="col" { (words.t("pages")) }
                    th scope="col" { (words.t("median_days")) }
                } }
                tbody {
                    @for edge in edges.iter().take(40) {
                        tr {
                            td { (name(&edge.from)) }
                            td { (name(&edge.to)) }
                            td class="n" { (count(edge.credited)) }
                            td class="n" { (count(edge.dated)) }
                            td class="n" { (count(edge.tie)) }
                            td class="n" { (count(edge.pages)) }
                            td class="n" {
                                @if let Some(days) = edge.median_lag_days {
                                    (number(days))
                                    @if days > f64::from(facts.days.last - facts.days.first) {
                                        " " span class="odd" { "▲ " (words.t("odd_day")) }
                                    }
                                } @else { "–" }
                            }
                        }
                    }
                }
            }
        }
        p { (words.t("all_edges_in")) " " (super::text::code("edges.jsonl")) }
    }
}
