//! Clusters and blocks as tables that need no script.

use maud::{Markup, html};

use super::chart::bar;
use super::clusters::{ClusterData, STATIC};
use super::gather::{Facts, day_number};
use super::text::{code, number, percent, share, shown};
use super::words::Words;
use crate::figures::{bytes, count};
use crate::segment::Day;
use crate::write::{ClusterLine, MemberLine};

/// The largest clusters with their members.
pub(super) fn clusters(facts: &Facts, words: &Words) -> Markup {
    let data: &ClusterData = &facts.clusters;
    html! {
        h3 { (words.ta("largest", &[count(data.top.len().min(STATIC) as u64)])) }
        p { (words.t("all_clusters_in")) " " (code("clusters.jsonl")) }
        @for ((line, days), sums) in data.top.iter().zip(&data.top_days).zip(&data.top_sums) {
            (cluster(line, *days, *sums, facts, words))
        }
        @if data.top.is_empty() { p class="none" { (words.t("no_clusters")) } }
    }
}

fn cluster(
    line: &ClusterLine,
    days: Option<(i32, i32)>,
    [removed, lost]: [u64; 2],
    facts: &Facts,
    words: &Words,
) -> Markup {
    let keeper = line.members.first().filter(|member| is_odd(member, facts));
    html! {
        details class="cluster" {
            summary {
                span class="size n" { (count(line.size as u64)) }
                " " (title(&line.title, words))
                span class="facts" {
                    (words.ta("outlets_n", &[count(line.outlets.len() as u64)]))
                    @if let Some((first, last)) = days {
                        " · " (number(Day(first).to_string()))
                        @if first != last { " – " (number(Day(last).to_string())) }
                    }
                    " · −" (number(bytes(removed)))
                    @if lost > 0 { " · " (words.ta("lost_n", &[count(lost)])) }
                }
            }
            p { (words.t("cluster")) " " (code(&line.cluster)) " · " (words.t("kept_because")) " "
                (reason(&line.keep_reason, words)) }
            @if keeper.is_some() { p class="alarm" { "▲ " (words.t("odd_keeper")) } }
            div class="scroll" tabindex="0" {
                table {
                    (member_head(words))
                    tbody { @for member in &line.members { (member_row(member, facts, words)) } }
                }
            }
            @if line.size > line.members.len() {
                p { (words.ta("more_members", &[count((line.size - line.members.len()) as u64)])) " "
                    (code("clusters.jsonl")) }
            }
        }
    }
}

/// The title of a cluster, or that there is none.
fn title(text: &str, words: &Words) -> Markup {
    if text.trim().is_empty() {
        html! { i { (words.t("untitled")) } }
    } else {
        shown(text)
    }
}

/// The rule that chose a keeper.
pub(super) fn reason(reason: &str, words: &Words) -> Markup {
    let key = format!("keep_{}", reason.replace(' ', "_"));
    if words.get(&key).is_empty() { shown(reason) } else { words.t(&key) }
}

fn member_head(words: &Words) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { (words.t("page")) }
                th scope="col" { (words.t("outlet")) }
                th scope="col" { (words.t("day")) }
                th scope="col" { (words.t("similarity")) }
                th scope="col" { (words.t("what")) }
            }
        }
    }
}

/// Whether a page has a date that is not believed.
fn is_odd(member: &MemberLine, facts: &Facts) -> bool {
    day_number(member.date.as_deref()).is_some_and(|day| !facts.days.hold(day))
}

fn member_row(member: &MemberLine, facts: &Facts, words: &Words) -> Markup {
    let what = match (member.relation.as_ref(), member.removed) {
        ("self", _) => "is_keeper",
        (_, false) => "copy_kept",
        ("exact", _) => "exact_removed",
        _ => "copy_removed",
    };
    html! {
        tr {
            td { (page_link(&member.id, member.url.as_deref())) }
            td { @if let Some(outlet) = &member.outlet { (shown(outlet)) } @else { "–" } }
            td class="n" {
                @if let Some(date) = &member.date { (number(date)) } @else { "–" }
                @if is_odd(member, facts) { " " span class="odd" { "▲ " (words.t("odd_day")) } }
            }
            td class="n" { (number(format!("{:.4}", member.similarity))) }
            td { (words.t(what)) }
        }
    }
}

/// A page by its id, with its address where that is one of the web.
pub(super) fn page_link(id: &str, url: Option<&str>) -> Markup {
    let web = url.filter(|url| is_web(url));
    html! {
        (code(id))
        @if let Some(url) = web {
            " " a class="out" href=(url) rel="noopener noreferrer" target="_blank" { "↗" }
        }
    }
}

/// Whether an address may be a link: of the web, of a length that one has, without controls.
fn is_web(url: &str) -> bool {
    let start: String = url.chars().take(8).collect::<String>().to_ascii_lowercase();
    let web = start.starts_with("http://") || start == "https://";
    web && url.len() <= 2000
        && !url.chars().any(|c| c.is_whitespace() || crate::error::acts_on_terminal(c))
}

/// What sites paste into each other's pages.
pub(super) fn blocks(facts: &Facts, words: &Words) -> Markup {
    let blocks = &facts.blocks;
    if blocks.number == 0 {
        return html! { p class="none" { (words.t("no_blocks")) } };
    }
    let most = blocks.rows.iter().map(|row| row.line.pages).max().unwrap_or(1) as u64;
    html! {
        p { (words.ta("blocks_line", &[count(blocks.number), bytes(blocks.on_kept),
            percent(blocks.on_kept, facts.stats.ledger.bytes.kept)])) }
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t("blocks_by_kind")) }
                thead { tr {
                    th scope="col" { (words.t("kind")) }
                    th scope="col" { (words.t("blocks")) }
                    th scope="col" { (words.t("places")) }
                    th scope="col" { (words.t("on_kept")) }
                } }
                tbody {
                    @for (kind, [number, places, size]) in &blocks.kinds {
                        tr {
                            th scope="row" { (block_kind(kind, words)) }
                            td class="n" { (count(*number)) }
                            td class="n" { (count(*places)) }
                            td class="n" { (bytes(*size)) }
                        }
                    }
                }
            }
        }
        h3 { (words.ta("blocks_top", &[count(blocks.rows.len() as u64)])) }
        p { (words.t("all_blocks_in")) " " (code("blocks.jsonl")) }
        div class="scroll" tabindex="0" {
            table class="blocks" {
                caption { (words.t("blocks_ranking")) }
                thead { tr {
                    th scope="col" { (words.t("pages")) }
                    th scope="col" { (words.t("outlets")) }
                    th scope="col" { (words.t("kind")) }
                    th scope="col" { (words.t("text")) }
                    th scope="col" { (words.t("story_of")) }
                    th scope="col" { (words.t("stands_on")) }
                    th scope="col" { (words.t("on_kept")) }
                } }
                tbody {
                    @for row in &blocks.rows {
                        tr {
                            td class="n" {
                                (count(row.line.pages as u64))
                                (bar(share(row.line.pages as u64, most), "c3"))
                            }
                            td class="n" { (count(row.outlets as u64)) }
                            td { (block_kind(&row.line.kind, words)) }
                            td class="text" {
                                @if let Some(title) = &row.line.title { b { (shown(title)) } br; }
                                (shown(&row.line.text))
                            }
                            td { @if let Some(story) = row.line.story.as_ref().or(row.line.stories.first()) {
                                (code(story))
                                @if row.line.stories.len() > 1 { " …" }
                            } @else { "–" } }
                            td class="places" {
                                @for place in row.line.occurrences.iter().take(3) {
                                    div { (code(&place.id)) " "
                                        (number(format!("{}–{}", place.start, place.end))) }
                                }
                                @if row.line.pages > 3 { "…" }
                            }
                            td class="n" { (bytes(row.on_kept)) }
                        }
                    }
                }
            }
        }
    }
}

fn block_kind(kind: &str, words: &Words) -> Markup {
    let key = format!("kind_{kind}");
    if words.get(&key).is_empty() { code(kind) } else { words.t(&key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        for good in ["http://a.example/1", "HTTPS://a.example", "https://خبر.example/ص"] {
            assert!(is_web(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            " https://a",
            "https://a\u{202e}b",
            "data:text/html,x",
            "a.b",
            "",
        ] {
            assert!(!is_web(bad), "{bad}");
            assert!(!page_link("x", Some(bad)).into_string().contains("href"), "{bad}");
        }
    }
}
