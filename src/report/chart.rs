//! Charts as SVG, each with its table: columns, stacked, with a curve and marks over them.

use maud::{Markup, html};

use super::words::Words;
use crate::figures::count;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 44.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 34.0;
/// Width of a letter of a column's name.
const LETTER: f64 = 6.0;

/// A chart of columns.
#[derive(Default)]
pub(super) struct Chart<'c> {
    /// Key of its title.
    pub(super) title: &'c str,
    /// Key of what the columns stand for.
    pub(super) x: &'c str,
    /// Names of the columns.
    pub(super) names: Vec<String>,
    /// Key, style class and values of each layer of the columns.
    pub(super) layers: Vec<(&'c str, &'c str, Vec<u64>)>,
    /// Whether heights are logarithms.
    pub(super) log: bool,
    /// Marks at shares of the width: key and place.
    pub(super) marks: Vec<(&'c str, f64)>,
    /// Key of a curve between 0 and 1, and its points as shares of the width and height.
    pub(super) curve: Option<(&'c str, Vec<(f64, f64)>)>,
}

impl Chart<'_> {
    pub(super) fn render(&self, words: &Words) -> Markup {
        let columns = self.names.len();
        let total = |i: usize| self.layers.iter().map(|layer| layer.2[i]).sum::<u64>();
        let top = (0..columns).map(total).max().unwrap_or(0);
        if top == 0 {
            return html! {
                figure { figcaption { (words.t(self.title)) } p class="none" { (words.t("nothing")) } }
            };
        }
        let (plot_w, plot_h) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        let scale = |value: f64| {
            if self.log {
                (value + 1.0).log10() / (top as f64 + 1.0).log10()
            } else {
                value / top as f64
            }
        };
        let step = plot_w / columns as f64;
        let pad = if step > 6.0 { 1.0 } else { step * 0.1 };
        let y = |share: f64| TOP + plot_h * (1.0 - share);
        // As many names as stand beside one another without touching.
        let longest = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let every = (((longest + 2) as f64 * LETTER / step).ceil() as usize).max(1);
        html! {
            figure class="chart" {
                figcaption { (words.t(self.title)) }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" direction="ltr" {
                    title data-t=(self.title) { (words.get(self.title)) }
                    @for value in ticks(top, self.log) {
                        @let at = y(scale(value as f64));
                        line class="grid" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(px(at)) y2=(px(at)) {}
                        text class="tick end" x=(LEFT - 6.0) y=(px(at + 4.0)) { (count(value)) }
                    }
                    @for i in 0..columns {
                        @let x = LEFT + step * i as f64;
                        @let mut below = 0_u64;
                        @for (key, class, values) in &self.layers {
                            @if values[i] > 0 {
                                @let (from, to) = (scale(below as f64), scale((below + values[i]) as f64));
                                rect class=(class) x=(px(x + pad)) width=(px(step - 2.0 * pad))
                                    y=(px(y(to))) height=(px((to - from).max(0.004) * plot_h)) {
                                    title { (self.names[i]) ": " (count(values[i])) " " (words.get(key)) }
                                }
                            }
                            ({ below += values[i]; "" })
                        }
                        @if i % every == 0 {
                            text class="tick mid" x=(px(x + step / 2.0)) y=(px(HEIGHT - BOTTOM + 16.0)) {
                                (self.names[i])
                            }
                        }
                    }
                    @for (key, share) in &self.marks {
                        @let x = LEFT + plot_w * share;
                        line class="mark" x1=(px(x)) x2=(px(x)) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                        text class="marked" x=(px(x + 4.0)) y=(TOP - 3.0) data-t=(key) { (words.get(key)) }
                    }
                    @if let Some((_, points)) = &self.curve {
                        @let path: Vec<String> = points
                            .iter()
                            .map(|(x, share)| format!("{},{}", px(LEFT + plot_w * x), px(y(*share))))
                            .collect();
                        polyline class="curve" points=(path.join(" ")) {}
                        @for share in [0.0, 0.5, 1.0] {
                            text class="tick" x=(WIDTH - RIGHT + 5.0) y=(px(y(share) + 4.0)) {
                                (format!("{:.0} %", share * 100.0))
                            }
                        }
                    }
                }
                p class="legend" {
                    span class="axis" { (words.t(self.x)) }
                    @for (key, class, _) in &self.layers {
                        span { span class={ "key " (class) } aria-hidden="true" {} (words.t(key)) }
                    }
                    @if let Some((key, _)) = &self.curve {
                        span { span class="key line" aria-hidden="true" {} (words.t(key)) }
                    }
                }
                (self.table(words))
            }
        }
    }

    fn table(&self, words: &Words) -> Markup {
        html! {
            details class="data" {
                summary { (words.t("as_table")) }
                div class="scroll" tabindex="0" {
                    table {
                        caption { (words.t(self.title)) }
                        thead {
                            tr {
                                th scope="col" { (words.t(self.x)) }
                                @for (key, ..) in &self.layers { th scope="col" { (words.t(key)) } }
                            }
                        }
                        tbody {
                            @for i in 0..self.names.len() {
                                tr {
                                    th scope="row" { bdi dir="ltr" { (self.names[i]) } }
                                    @for (.., values) in &self.layers {
                                        td class="n" { (count(values[i])) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A bar in a table's cell.
pub(super) fn bar(share: f64, class: &str) -> Markup {
    let width = px(share.clamp(0.0, 1.0) * 100.0);
    html! {
        svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
            rect class="rail" width="100" height="8" {}
            rect class=(class) width=(width) height="8" {}
        }
    }
}

/// A length in the drawing.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Round values up to `top`.
fn ticks(top: u64, log: bool) -> Vec<u64> {
    if log {
        let all = std::iter::successors(Some(1_u64), |n| n.checked_mul(10));
        return all.take_while(|&n| n <= top).collect();
    }
    let rough = top as f64 / 4.0;
    let power = 10_f64.powf(rough.log10().floor().max(0.0));
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|&n| n >= rough);
    let step = (step.unwrap_or(power) as u64).max(1);
    (0..=top / step).map(|n| n * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Lang;

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(10, false), [0, 5, 10]);
        assert_eq!(ticks(3, false), [0, 1, 2, 3]);
        assert_eq!(ticks(1234, false), [0, 500, 1000]);
        assert_eq!(ticks(1234, true), [1, 10, 100, 1000]);
    }

    #[test]
    fn a_chart_has_its_columns_and_their_table() {
        let chart = Chart {
            title: "sizes",
            x: "pages",
            names: vec!["2".into(), "3".into()],
            layers: vec![("clusters", "c1", vec![7, 0])],
            ..Chart::default()
        };
        let html = chart.render(&Words::new(Lang::En)).into_string();
        assert_eq!(html.matches("class=\"c1\"").count(), 1, "{html}");
        assert!(html.contains("<td class=\"n\">7</td>") && html.contains("<td class=\"n\">0</td>"));
        assert!(!html.contains("style="), "the policy of the page forbids it");
    }
}
