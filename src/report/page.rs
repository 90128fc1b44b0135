//! The page around the sections: head, policy, navigation, script, data.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::clusters::MEMBERS;
use super::diffs::Diffs;
use super::gather::Facts;
use super::pack::base64;
use super::text::{acting, script_json};
use super::words::Words;
use super::{Lang, fold};
use crate::evaluate::SampleRecall;
use crate::figures::count;

const STYLE: [&str; 4] = [
    include_str!("assets/base.css"),
    include_str!("assets/tables.css"),
    include_str!("assets/views.css"),
    include_str!("assets/print.css"),
];

const SCRIPT: [&str; 8] = [
    include_str!("assets/base.js"),
    include_str!("assets/fold.js"),
    include_str!("assets/data.js"),
    include_str!("assets/list.js"),
    include_str!("assets/cluster.js"),
    include_str!("assets/diff.js"),
    include_str!("assets/views.js"),
    include_str!("assets/start.js"),
];

const FONT: &[u8] = include_bytes!("assets/noto-naskh-arabic.woff2");

/// Views in the order of the navigation.
const VIEWS: [&str; 6] = ["summary", "clusters", "blocks", "outlets", "quality", "run"];

/// The style sheet with its font.
fn style() -> String {
    let style = format!(
        "@font-face{{font-family:\"Tikrar Naskh\";font-display:swap;\
         src:url(data:font/woff2;base64,{}) format(\"woff2\");\
         unicode-range:U+0600-06FF,U+0750-077F,U+08A0-08FF,U+FB50-FDFF,U+FE70-FEFF;}}\n",
        base64(FONT)
    );
    style + &STYLE.concat()
}

fn script() -> String {
    format!("\"use strict\";(()=>{{\n{}\n}})();\n", SCRIPT.join("\n"))
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())))
}

/// Everything before the data blocks: the page as it reads without scripts.
pub(super) fn head(
    facts: &Facts,
    diffs: &Diffs,
    sample: Option<&SampleRecall>,
    words: &Words,
) -> String {
    let (style, script) = (style(), script());
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; font-src data:; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(&script),
        hash(&style)
    );
    let lang = words.lang();
    let markup = html! {
        (DOCTYPE)
        html lang=(lang.code()) dir=(lang.direction()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (words.get("title")) }
                style { (PreEscaped(&style)) }
            }
            body { (body(facts, diffs, sample, words)) }
        }
    };
    let text = markup.into_string();
    // The document goes on after the sections: data, then the script.
    let end = text.rfind("</body>").unwrap_or(text.len());
    format!("{}{}", &text[..end], data(facts, diffs, words))
}

/// What ends the page, after the data blocks.
pub(super) fn tail() -> String {
    format!("<script>{}</script>\n</body></html>\n", script())
}

fn body(facts: &Facts, diffs: &Diffs, sample: Option<&SampleRecall>, words: &Words) -> Markup {
    html! {
        a class="skip" href="#main" { (words.t("skip")) }
        header {
            h1 { "tikrar " span class="ar" lang="ar" { "تكرار" } " · " (words.t("title")) }
            div class="tools scripted" {
                button type="button" id="lang" { (words.t("other_language")) }
                button type="button" id="theme" { (words.t("theme")) }
                button type="button" id="keys" { (words.t("keys")) }
            }
            nav aria-label=(words.get("views")) data-l="views" {
                @for view in VIEWS {
                    a href={ "#" (view) } data-view=(view) { (words.t(&format!("view_{view}"))) }
                }
            }
        }
        main id="main" tabindex="-1" {
            @for view in VIEWS {
                section id=(view) class="view" aria-labelledby={ "h-" (view) } {
                    h2 id={ "h-" (view) } tabindex="-1" { (words.t(&format!("view_{view}"))) }
                    @match view {
                        "summary" => (super::summary::section(facts, words)),
                        "clusters" => {
                            (left_out(facts, diffs, words))
                            div id="browser" class="scripted" {}
                            div class="plain" { (super::listing::clusters(facts, words)) }
                        },
                        "blocks" => (super::listing::blocks(facts, words)),
                        "outlets" => (super::outlets::section(facts, words)),
                        "quality" => (super::quality::section(facts, sample, words)),
                        _ => (super::run::section(facts, words)),
                    }
                }
            }
        }
        footer {
            p { (words.t("made_by")) " " bdi dir="ltr" { "tikrar " (facts.stats.version) } " · "
                (words.t("digest")) " " (super::text::code(&facts.stats.digest)) }
            p { (words.t("no_network")) }
            noscript { p { (words.t("no_script")) } }
        }
        div id="said" class="said" role="status" aria-live="polite" {}
    }
}

/// What the page does not hold, and where it is.
fn left_out(facts: &Facts, diffs: &Diffs, words: &Words) -> Markup {
    let data = &facts.clusters;
    let all = count(data.number as u64);
    html! {
        ul class="leftout" {
            @if data.listed < data.number {
                li { (words.ta("left_clusters", &[count(data.listed as u64), all.clone()])) " "
                    (super::text::code("clusters.jsonl")) }
            }
            @if data.with_members < data.listed {
                li { (words.ta("left_members", &[count(data.with_members as u64), all.clone()])) " "
                    (super::text::code("clusters.jsonl")) }
            }
            @if !diffs.there {
                li { (words.t("no_texts")) " " code dir="ltr" { "tikrar compare A B --in DIR" } }
            } @else if diffs.shown < pairs(facts) {
                li { (words.ta("left_texts", &[count(diffs.shown as u64), count(pairs(facts) as u64)]))
                    " " code dir="ltr" { "tikrar compare A B --in DIR" } }
            }
        }
    }
}

/// Copies in all clusters.
fn pairs(facts: &Facts) -> usize {
    let sizes = facts.stats.histograms.get("cluster_size");
    let copies = sizes.into_iter().flatten().map(|(size, clusters)| {
        size.parse::<usize>().unwrap_or(1).saturating_sub(1) * *clusters as usize
    });
    copies.sum()
}

/// What the script needs at once, as plain JSON.
fn data(facts: &Facts, diffs: &Diffs, words: &Words) -> String {
    let data = &facts.clusters;
    let meta = json!({
        "clusters": data.number,
        "listed": data.listed,
        "blocks": data.members.len(),
        "in_block": super::clusters::IN_BLOCK,
        "with_members": data.with_members,
        "members": MEMBERS,
        "diffs": diffs.first,
        "texts": diffs.there,
        "outlets": data.outlets,
        "days": [facts.days.first, facts.days.last],
        "words": words.both(),
        "lang": words.lang().code(),
        "acting": acting(),
        "fold": fold::table(),
    });
    format!("<script type=\"application/json\" id=\"meta\">{}</script>\n", script_json(&meta))
}

impl Lang {
    fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ar => "ar",
        }
    }

    fn direction(self) -> &'static str {
        match self {
            Self::En => "ltr",
            Self::Ar => "rtl",
        }
    }
}
