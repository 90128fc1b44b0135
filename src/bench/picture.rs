//! A report as one HTML page: pictures in SVG, no scripts, nothing from elsewhere.

use std::fmt::Write as _;

use super::Report;

/// Width and height of a picture's field.
const FIELD: (f64, f64) = (460.0, 260.0);
/// Colors of stages, told apart on light and on dark ground.
const COLORS: [&str; 10] = [
    "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#d6a700", "#9d755d",
    "#7f7f7f", "#ff9da6",
];

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#5c6670;--line:#d4d9de;--ground:#fff;--soft:#f4f6f8}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--quiet:#9aa4ae;--line:#3a424a;--ground:#14171a;\
--soft:#1d2226}}\
body{margin:0 auto;padding:24px 20px 48px;max-width:1080px;color:var(--ink);background:var(--ground);\
font:15px/1.5 system-ui,sans-serif}\
h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 8px}p{margin:4px 0}\
.quiet{color:var(--quiet)}.pictures{display:flex;flex-wrap:wrap;gap:24px}figure{margin:0;flex:1 1 460px}\
figcaption{color:var(--quiet);font-size:13px}svg{width:100%;height:auto;display:block}\
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .quiet{fill:var(--quiet)}\
.grid{stroke:var(--line);stroke-width:1}.ideal{stroke:var(--quiet);stroke-width:1.5;stroke-dasharray:5 4;\
fill:none}.whole{stroke-width:3}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:3px 10px;text-align:right;white-space:nowrap}th:first-child,td:first-child{text-align:left}\
th{font-weight:600;color:var(--quiet);border-bottom:1px solid var(--line)}\
tr:nth-child(even) td{background:var(--soft)}ul{margin:4px 0;padding-left:20px}\
.key{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}";

/// The page.
pub fn picture(report: &Report) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(report, &mut page);
    page
}

fn write_page(report: &Report, page: &mut String) -> std::fmt::Result {
    let machine = &report.machine;
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>tikrar bench</title>\
         <style>{STYLE}</style></head><body>\n<h1>tikrar {} bench</h1>\n",
        report.version
    )?;
    let mut about = vec![
        format!("{} pages, {:.1} MB", report.pages, report.bytes as f64 / 1e6),
        if report.synthetic.is_some() { "synthetic archive" } else { "files" }.to_owned(),
        format!("{} repeats after {} to warm up, medians", report.repeats, report.warm_up),
    ];
    let gib = |bytes: u64| format!("{:.0} GiB", bytes as f64 / (1u64 << 30) as f64);
    about.extend(machine.cpu.clone());
    about.push(format!("{} cores", machine.cores));
    about.extend(machine.memory_bytes.map(gib));
    about.extend(machine.system.clone());
    if !machine.vectors.is_empty() {
        about.push(machine.vectors.join(", "));
    }
    writeln!(page, "<p class=\"quiet\">{}</p>", escape(&about.join(" · ")))?;
    list(page, "What limits it", &report.findings)?;
    list(page, "Warnings", &report.warnings)?;
    page.push_str("<h2>Pictures</h2><div class=\"pictures\">\n");
    speedup(report, page)?;
    shares(report, page)?;
    page.push_str("</div>\n");
    totals(report, page)?;
    stages(report, page)?;
    scaling(report, page)?;
    page.push_str("</body></html>\n");
    Ok(())
}

fn list(page: &mut String, title: &str, lines: &[String]) -> std::fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    write!(page, "<h2>{title}</h2><ul>")?;
    for line in lines {
        write!(page, "<li>{}</li>", escape(line))?;
    }
    page.push_str("</ul>\n");
    Ok(())
}

fn color(stage: usize) -> &'static str {
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
    let gain = |first: f64, (threads, quiet): (usize, f64)| (threads, first / quiet.max(1e-9));
    let mut lines = Vec::new();
    for (at, name) in report.stage_names().into_iter().enumerate() {
        let rows = || report.stages.iter().filter(|row| row.stage == name);
        let Some(first) = rows().next().filter(|row| row.share >= 0.05) else { continue };
        let points = rows().map(|row| gain(first.quiet.median, (row.threads, row.quiet.median)));
        lines.push(Line { name, stroke: color(at), points: points.collect() });
    }
    let totals = &report.totals;
    let first = totals.first().map_or(0.0, |row| row.quiet.median);
    let points = totals.iter().map(|row| gain(first, (row.threads, row.quiet.median)));
    lines.push(Line { name: WHOLE, stroke: "var(--ink)", points: points.collect() });
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
fn speedup(report: &Report, page: &mut String) -> std::fmt::Result {
    let (width, height) = FIELD;
    let (left, top) = (44.0, 12.0);
    let (Some(&fewest), Some(&most)) = (report.threads.first(), report.threads.last()) else {
        return Ok(());
    };
    let span = (most - fewest).max(1) as f64;
    let ideal = most as f64 / fewest as f64;
    let lines = gains(report);
    let points = lines.iter().flat_map(|line| &line.points);
    let high = points.map(|point| point.1).fold(ideal, f64::max).max(1.2) * 1.05;
    let x = |threads: usize| left + (threads - fewest) as f64 / span * width;
    let y = |gain: f64| top + height - gain / high * height;
    write!(
        page,
        "<figure><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"speed by threads\">",
        width + left + 90.0,
        height + top + 40.0
    )?;
    for step in 0..=4 {
        let gain = high * f64::from(step) / 4.0;
        write!(
            page,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
             <text class=\"quiet\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{gain:.1}</text>",
            left + width,
            y(gain),
            y(gain),
            left - 6.0,
            y(gain) + 4.0
        )?;
    }
    let below = top + height;
    let mut free = 0.0;
    for &threads in &report.threads {
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
    page.push_str(
        "</svg><figcaption>Times as fast as on the fewest threads, without waiting for cores that \
         others had; dashed: the ideal. Stages of less than 5 % are left out.</figcaption></figure>\n",
    );
    Ok(())
}

/// Wall seconds of the stages, stacked, by threads.
fn shares(report: &Report, page: &mut String) -> std::fmt::Result {
    let (width, height) = FIELD;
    let (left, top) = (44.0, 12.0);
    let names = report.stage_names();
    let walls = report.totals.iter().map(|row| row.wall.median);
    let high = walls.fold(1e-9, f64::max) * 1.05;
    let y = |seconds: f64| top + height - seconds / high * height;
    write!(
        page,
        "<figure><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"seconds by stage\">",
        width + left + 90.0,
        height + top + 40.0
    )?;
    for step in 0..=4 {
        let seconds = high * f64::from(step) / 4.0;
        write!(
            page,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
             <text class=\"quiet\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{seconds:.2}</text>",
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
            let row = |row: &&super::StageRow| row.threads == threads && row.stage == *name;
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
    page.push_str(
        "</svg><figcaption>Seconds of the stages, medians; publish is what a run does outside of \
         them: above all the sync of what it wrote.</figcaption></figure>\n",
    );
    Ok(())
}

fn table(page: &mut String, title: &str, head: &[&str]) -> std::fmt::Result {
    write!(page, "<h2>{title}</h2><div class=\"scroll\"><table><thead><tr>")?;
    head.iter().try_for_each(|name| write!(page, "<th>{name}</th>"))?;
    page.push_str("</tr></thead><tbody>\n");
    Ok(())
}

fn row(page: &mut String, cells: &[String]) -> std::fmt::Result {
    page.push_str("<tr>");
    cells.iter().try_for_each(|cell| write!(page, "<td>{cell}</td>"))?;
    page.push_str("</tr>\n");
    Ok(())
}

const END: &str = "</tbody></table></div>\n";

fn totals(report: &Report, page: &mut String) -> std::fmt::Result {
    let head =
        ["", "threads", "wall s", "± MAD", "CPU s", "GB/s", "cores busy", "engine's CPU / this"];
    table(page, "Whole runs and baselines", &head)?;
    for total in &report.totals {
        row(
            page,
            &[
                "tikrar dedup".to_owned(),
                total.threads.to_string(),
                format!("{:.3}", total.wall.median),
                format!("{:.3}", total.wall.mad),
                format!("{:.3}", total.cpu.median),
                format!("{:.3}", total.gb_per_s),
                format!("{:.2}", total.cores_busy),
                "1".to_owned(),
            ],
        )?;
    }
    for base in &report.baselines {
        row(
            page,
            &[
                base.baseline.name().to_owned(),
                base.threads.to_string(),
                format!("{:.3}", base.wall.median),
                format!("{:.3}", base.wall.mad),
                format!("{:.3}", base.cpu.median),
                format!("{:.2}", base.gb_per_s),
                format!("{:.2}", base.cpu.median / base.wall.median.max(1e-9)),
                format!("{:.1}", base.engine_cpu_ratio),
            ],
        )?;
    }
    page.push_str(END);
    Ok(())
}

fn stages(report: &Report, page: &mut String) -> std::fmt::Result {
    let head = [
        "stage",
        "threads",
        "wall s",
        "± MAD",
        "not waiting s",
        "CPU s",
        "share",
        "GB/s",
        "items",
        "items/s",
        "cores busy",
        "peak MB",
        "no file MB",
    ];
    table(page, "Stages", &head)?;
    let names = report.stage_names();
    for stage in &report.stages {
        let at = names.iter().position(|name| *name == stage.stage).unwrap_or(0);
        row(
            page,
            &[
                format!(
                    "<span class=\"key\" style=\"background:{}\"></span>{}",
                    color(at),
                    escape(stage.stage)
                ),
                stage.threads.to_string(),
                format!("{:.3}", stage.wall.median),
                format!("{:.3}", stage.wall.mad),
                format!("{:.3}", stage.quiet.median),
                format!("{:.3}", stage.cpu.median),
                format!("{:.1} %", stage.share * 100.0),
                format!("{:.2}", stage.gb_per_s),
                stage.items.to_string(),
                format!("{:.0}", stage.items_per_s),
                format!("{:.2}", stage.cores_busy),
                format!("{:.0}", stage.peak_rss_bytes as f64 / 1e6),
                format!("{:.0}", stage.anonymous_bytes as f64 / 1e6),
            ],
        )?;
    }
    page.push_str(END);
    Ok(())
}

fn scaling(report: &Report, page: &mut String) -> std::fmt::Result {
    if report.threads.len() < 2 {
        return Ok(());
    }
    let head = [
        "stage",
        "stays s",
        "shared s",
        "fit off by",
        "serial share",
        "at most, on 64 cores",
        "CPU, most / fewest threads",
    ];
    table(page, "What threads gain: wall = stays + shared / threads", &head)?;
    for scale in &report.scaling {
        let Some((fit, limit)) = scale.fit.zip(scale.limit_64) else { continue };
        row(
            page,
            &[
                scale.stage.unwrap_or("whole run").to_owned(),
                format!("{:.3}", fit.fixed_s),
                format!("{:.3}", fit.shared_s),
                format!("{:.1} %", fit.error * 100.0),
                format!("{:.1} %", fit.serial_share() * 100.0),
                format!("{limit:.1} ×"),
                format!("{:.2}", scale.cpu_growth),
            ],
        )?;
    }
    page.push_str(END);
    Ok(())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
