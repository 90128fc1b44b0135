//! The run: stages, speed, memory, settings, versions, digests, rejects.

use maud::{Markup, html};
use serde_json::Value;

use super::chart::bar;
use super::gather::Facts;
use super::text::{code, number};
use super::words::Words;
use crate::figures::{bytes, count};

/// Seconds from which on a stage has a speed: input that is mapped is opened in no time.
const SHORTEST_S: f64 = 1e-3;

pub(super) fn section(facts: &Facts, words: &Words) -> Markup {
    let stats = &facts.stats;
    let wall: f64 = stats.stages.iter().map(|stage| stage.wall_s).sum();
    let cpu: f64 = stats.stages.iter().map(|stage| stage.cpu_s).sum();
    let most = stats.stages.iter().map(|stage| stage.wall_s).fold(1e-9, f64::max);
    html! {
        dl class="figures" {
            (figure(words, "time", &number(seconds(wall))))
            (figure(words, "cpu", &number(seconds(cpu))))
            (figure(words, "cores_busy", &number(format!("{:.1}", cpu / wall.max(1e-9)))))
            (figure(words, "speed", &number(format!("{:.1} MB/s", stats.throughput.mb_per_s))))
            (figure(words, "pages_per_second", &number(count(stats.throughput.pages_per_s as u64))))
            (figure(words, "memory", &number(bytes(stats.peak_rss_bytes))))
        }
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t("stages")) }
                thead { tr {
                    th scope="col" { (words.t("stage")) }
                    th scope="col" { (words.t("time")) }
                    th scope="col" { (words.t("cpu")) }
                    th scope="col" { (words.t("speed")) }
                    th scope="col" { (words.t("items")) }
                    th scope="col" aria-hidden="true" {}
                } }
                tbody {
                    @for stage in &stats.stages {
                        tr {
                            th scope="row" { (stage_name(stage.name, words)) }
                            td class="n" { (number(seconds(stage.wall_s))) }
                            td class="n" { (number(seconds(stage.cpu_s))) }
                            td class="n" {
                                @if stage.bytes > 0 && stage.pace_s() >= SHORTEST_S {
                                    (number(format!("{:.0} MB/s", stage.bytes as f64 / 1e6 / stage.pace_s())))
                                } @else { "–" }
                            }
                            td class="n" { (count(stage.items)) }
                            td class="wide" { (bar(stage.wall_s / most, "c1")) }
                        }
                    }
                }
            }
        }
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t("machine")) }
                tbody {
                    (pair(words, "version", &code(&stats.version)))
                    (pair(words, "fold_version", &number(stats.fold_version)))
                    (pair(words, "cpu_model", &code(&stats.machine.cpu)))
                    (pair(words, "cores", &number(stats.machine.cores)))
                    (pair(words, "threads", &number(stats.machine.threads)))
                    (pair(words, "system", &code(&stats.machine.system)))
                    (pair(words, "input_digest", &code(&stats.input_digest)))
                    (pair(words, "digest", &code(&stats.digest)))
                }
            }
        }
        div class="scroll" tabindex="0" {
            table {
                caption { (words.t("settings")) }
                tbody {
                    @if let Value::Object(settings) = &stats.settings {
                        @for (name, value) in settings {
                            tr {
                                th scope="row" { (code(name)) }
                                td { (super::text::code_up_to(&plain(value), 4000)) }
                            }
                        }
                    }
                }
            }
        }
        h3 { (words.t("rejects")) }
        @if facts.rejects.is_empty() {
            p class="none" { (words.t("no_rejects")) }
        } @else {
            div class="scroll" tabindex="0" {
                table {
                    caption { (words.ta("rejects_first", &[count(facts.rejects.len() as u64),
                        count(stats.ledger.rejected)])) }
                    thead { tr {
                        th scope="col" { (words.t("file")) }
                        th scope="col" { (words.t("line")) }
                        th scope="col" { (words.t("fault")) }
                    } }
                    tbody {
                        @for line in &facts.rejects {
                            tr {
                                td { (code(&line.path)) }
                                td class="n" { (count(line.line)) }
                                td { (code(&line.error)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn figure(words: &Words, key: &str, value: &Markup) -> Markup {
    html! { div { dt { (words.t(key)) } dd { (value) } } }
}

fn pair(words: &Words, key: &str, value: &Markup) -> Markup {
    html! { tr { th scope="row" { (words.t(key)) } td { (value) } } }
}

fn stage_name(stage: crate::progress::Stage, words: &Words) -> Markup {
    let name = serde_json::to_value(stage).unwrap_or_default();
    let key = format!("stage_{}", name.as_str().unwrap_or_default());
    if words.get(&key).is_empty() { code(stage.label()) } else { words.t(&key) }
}

fn seconds(seconds: f64) -> String {
    if seconds < 0.0995 {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    if seconds < 60.0 {
        return format!("{seconds:.2} s");
    }
    format!("{} min {:.0} s", (seconds / 60.0).floor(), seconds % 60.0)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
