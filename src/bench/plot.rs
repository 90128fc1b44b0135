//! The two drawings of a report: what threads gain, and where the time goes.
//!
//! Each is the content of an SVG of [`SIZE`]; [`svg`] sets both side by side in a file of their own.

use std::fmt::Write as _;

use super::{Report, StageRow};
use crate::progress::Stage;

/// Width and height of a drawing's field.
const FIELD: (f64, f64) = (460.0, 260.0);
/// Left and upper edge of the field.
const EDGE: (f64, f64) = (44.0, 12.0);
/// Width and height of a drawing: its field, and the names around it.
pub(super) const SIZE: (f64, f64) = (EDGE.0 + FIELD.0 + 90.0, EDGE.1 + FIELD.1 + 40.0);
/// Colors of stages, told apart on light and on dark ground.
const COLORS: [&str; 10] = [
    "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#d6a700", "#9d755d",
    "#7f7f7f", "#ff9da6",
];

/// Style of drawings, on light and on dark ground.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#5c6670;--line:#d4d9de;--ground:#fff;--soft:#f4f6f8}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--quiet:#9aa4ae;--line:#3a424a;--ground:#14171a;\
--soft:#1d2226}}\
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .quiet{fill:var(--quiet)}\
.grid{stroke:var(--line);stroke-width:1}.ideal{stroke:var(--quiet);stroke-width:1.5;stroke-dasharray:5 4;\
fill:none}.whole{stroke-width:3}";

/// What the first drawing shows.
pub(super) const SPEEDUP: &str = "Times as fast as on the fewest threads, without waiting for cores that others had, and \
     stages without what the hash of the input takes beside them; dashed: the ideal. Left out: stages of less than \
     5 %, and more threads than cores.";
/// What the second one shows.
pub(super) const SHARES: &str = "Seconds of the stages by the clock, medians; publish is what a run does outside of them: \
     above all the sync of what it wrote. The hash of the input shows only as far as the run waited for it.";

/// Both drawings as one SVG on a ground of its own, so that it can be read on any page.
pub fn svg(report: &Report) -> String {
    let mut svg = String::new();
    // Writing to a string cannot fail.
    let _ = write_svg(report, &mut svg);
    svg
}

fn write_svg(report: &Report, svg: &mut String) -> std::fmt::Result {
    const MARGIN: f64 = 20.0;
    const HEAD: f64 = 56.0;
    let (width, height) = (SIZE.0 * 2.0 + MARGIN * 3.0, SIZE.1 + HEAD + MARGIN);
    write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"What threads gain, and where the time goes\">\n\
         <style>{STYLE}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"var(--ground)\"/>\n"
    )?;
    let heads = ["Times as fast as on the fewest threads", "Seconds of the stages"];
    let draw: [fn(&Report, &mut String) -> std::fmt::Result; 2] = [speedup, shares];
    for (column, (head, draw)) in heads.into_iter().zip(draw).enumerate() {
        let left = MARGIN + (SIZE.0 + MARGIN) * column as f64;
        writeln!(
            svg,
            "<g transform=\"translate({left} {HEAD})\"><text style=\"font:600 15px system-ui,sans-serif\" \
             x=\"{}\" y=\"-14\">{head}</text>",
            EDGE.0
        )?;
        draw(report, svg)?;
        svg.push_str("</g>\n");
    }
    write!(
        svg,
        "<text class=\"quiet\" x=\"{}\" y=\"20\" text-anchor=\"end\">{}</text>\n</svg>\n",
        width - MARGIN,
        escape(&report.about().join(" \u{b7} "))
    )
}

/// The color of a stage by its place.
pub(super) fn color(stage: usize) -> &'static str {
    COLORS[stage % COLORS.len()]
}

/// The line of the whole run.
const WHOLE: &str = "whole run";

/// A line of the first picture: threads, and times as fast as on the fewest.
struct Line {
    name: &'static str,
    stroke: &'static str,
    points: Vec<(usize, f64)>,
}

/// The lines of the larger stages, and of the whole run on top.
fn gains(report: &Report) -> Vec<Line> {
    let points = |stage: Option<&str>| -> Vec<(usize, f64)> {
        let times = report.within_cores().iter().map(|&n| (n, report.gain_time(n, stage)));
        let times: Vec<(usize, f64)> = times.collect();
        let first = times.first().map_or(0.0, |time| time.1);
        times.into_iter().map(|(threads, time)| (threads, first / time.max(1e-9))).collect()
    };
    let mut lines = Vec::new();
    for (at, name) in report.stage_names().into_iter().enumerate() {
        let first = report.stages.iter().find(|row| row.stage == name);
        let beside = name == Stage::Hash.name();
        if !beside && first.is_some_and(|row| row.share >= 0.05) {
            lines.push(Line { name, stroke: color(at), points: points(Some(name)) });
        }
    }
    lines.push(Line { name: WHOLE, stroke: "var(--ink)", points: points(None) });
    lines
}

/// Labels stand where their lines end, but never on one another.
fn write_labels(
    mut labels: Vec<(f64, &str, &str)>,
    (left, top): (f64, f64),
    page: &mut String,
) -> std::fmt::Result {
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = top;
    for (place, name, stroke) in labels {
        let place = place.max(free);
        free = place + 14.0;
        write!(
            page,
            "<text x=\"{left}\" y=\"{:.1}\" style=\"fill:{stroke}\">{}</text>",
            place + 4.0,
            escape(name)
        )?;
    }
    Ok(())
}

/// Times faster than on the fewest threads, for the run and its larger stages, with the ideal line.
pub(super) fn speedup(report: &Report, page: &mut String) -> std::fmt::Result {
    let ((width, height), (left, top)) = (FIELD, EDGE);
    let within = report.within_cores();
    if within.len() < report.threads.len() {
        write!(
            page,
            "<text class=\"quiet\" x=\"{}\" y=\"{}\">threads above the {} cores are left out</text>",
            left + 8.0,
            top + height - 10.0,
            report.machine.cores
        )?;
    }
    let (Some(&fewest), Some(&most)) = (within.first(), within.last()) else {
        return Ok(());
    };
    let span = (most - fewest).max(1) as f64;
    let ideal = most as f64 / fewest as f64;
    let lines = gains(report);
    let points = lines.iter().flat_map(|line| &line.points);
    let high = points.map(|point| point.1).fold(ideal, f64::max).max(1.2) * 1.05;
    let x = |threads: usize| left + (threads - fewest) as f64 / span * width;
    let y = |gain: f64| top + height - gain / high * height;
    for gain in ticks(high) {
        write!(
            page,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
             <text class=\"quiet\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{gain}</text>",
            left + width,
            y(gain),
            y(gain),
            left - 6.0,
            y(gain) + 4.0
        )?;
    }
    let below = top + height;
    let mut free = 0.0;
    for &threads in within {
        if x(threads) < free {
            continue;
        }
        free = x(threads) + 22.0;
        write!(
            page,
            "<text class=\"quiet\" x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{threads}</text>",
            x(threads),
            below + 17.0
        )?;
    }
    write!(
        page,
        "<text class=\"quiet\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">threads</text>\
         <path class=\"ideal\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>",
        left + width / 2.0,
        below + 34.0,
        x(fewest),
        y(1.0),
        x(most),
        y(ideal)
    )?;
    let mut labels = vec![(y(ideal), "ideal", "var(--quiet)")];
    for Line { name, stroke, points } in lines {
        let class = if name == WHOLE { " class=\"whole\"" } else { "" };
        let path: Vec<String> =
            points.iter().map(|&(n, gain)| format!("{:.1} {:.1}", x(n), y(gain))).collect();
        write!(
            page,
            "<path{class} fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2\" d=\"M{}\"/>",
            path.join("L")
        )?;
        for &(threads, gain) in &points {
            write!(
                page,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{stroke}\"/>",
                x(threads),
                y(gain)
            )?;
        }
        labels.push((points.last().map_or(0.0, |point| y(point.1)), name, stroke));
    }
    write_labels(labels, (left + width + 8.0, top), page)?;
    Ok(())
}

/// Wall seconds of the stages, stacked, by threads.
pub(super) fn shares(report: &Report, page: &mut String) -> std::fmt::Result {
    let ((width, height), (left, top)) = (FIELD, EDGE);
    let names = report.stage_names();
    let walls = report.totals.iter().map(|row| row.wall.median);
    let high = walls.fold(1e-9, f64::max) * 1.05;
    let y = |seconds: f64| top + height - seconds / high * height;
    for seconds in ticks(high) {
        write!(
            page,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
             <text class=\"quiet\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{seconds}</text>",
            left + width,
            y(seconds),
            y(seconds),
            left - 6.0,
            y(seconds) + 4.0
        )?;
    }
    let slot = width / report.threads.len().max(1) as f64;
    let bar = (slot * 0.6).min(90.0);
    for (column, &threads) in report.threads.iter().enumerate() {
        let from = left + slot * column as f64 + (slot - bar) / 2.0;
        let mut sum = 0.0;
        for (at, name) in names.iter().enumerate() {
            let row = |row: &&StageRow| row.threads == threads && row.stage == *name;
            let seconds = report.stages.iter().find(row).map_or(0.0, |row| row.wall.median);
            sum += seconds;
            write!(
                page,
                "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{bar:.1}\" height=\"{:.2}\" fill=\"{}\">\
                 <title>{name}: {seconds:.3} s</title></rect>",
                y(sum),
                seconds / high * height,
                color(at)
            )?;
        }
        write!(
            page,
            "<text class=\"quiet\" x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{threads}</text>",
            from + bar / 2.0,
            top + height + 17.0
        )?;
    }
    write!(
        page,
        "<text class=\"quiet\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">threads</text>",
        left + width / 2.0,
        top + height + 34.0
    )?;
    for (at, name) in names.iter().rev().enumerate() {
        let place = top + 10.0 + 17.0 * at as f64;
        let fill = color(names.len() - 1 - at);
        write!(
            page,
            "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" rx=\"2\" fill=\"{fill}\"/>\
             <text x=\"{}\" y=\"{place}\">{name}</text>",
            left + width + 8.0,
            place - 9.0,
            left + width + 24.0
        )?;
    }
    Ok(())
}

/// Round numbers from 0 up to `high`, three to six of them, as they are written.
fn ticks(high: f64) -> impl Iterator<Item = f64> {
    let power = (high / 4.0).log10().floor();
    let least = high / 5.0 / 10f64.powf(power);
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|&step| step >= least).unwrap_or(10.0);
    // What is written is a whole number by a power of ten; by its inverse it would miss that by a bit.
    let (times, parts) = (10f64.powf(power.max(0.0)), 10f64.powf(-power.min(0.0)));
    (0..)
        .map(move |count| f64::from(count) * step * times / parts)
        .take_while(move |&tick| tick <= high)
}

/// Text that no markup can come from.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (high, wanted) in [
            (2.1, vec!["0", "0.5", "1", "1.5", "2"]),
            (64.5, vec!["0", "20", "40", "60"]),
            (6.43, vec!["0", "2", "4", "6"]),
            (0.35, vec!["0", "0.1", "0.2", "0.3"]),
        ] {
            let said: Vec<String> = ticks(high).map(|tick| tick.to_string()).collect();
            assert_eq!(said, wanted);
        }
        for high in 1..2000 {
            let count = ticks(f64::from(high) / 16.0).count();
            assert!((3..=6).contains(&count), "{high}: {count}");
        }
    }
}
