//! A report as one HTML page: pictures in SVG, no scripts, nothing from elsewhere.

use std::fmt::Write as _;

use super::Report;
use super::plot::{self, color, escape};

const STYLE: &str = "\
body{margin:0 auto;padding:24px 20px 48px;max-width:1080px;color:var(--ink);background:var(--ground);\
font:15px/1.5 system-ui,sans-serif}\
h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 8px}p{margin:4px 0}\
.quiet{color:var(--quiet)}.pictures{display:flex;flex-wrap:wrap;gap:24px}figure{margin:0;flex:1 1 460px}\
figcaption{color:var(--quiet);font-size:13px}svg{width:100%;height:auto;display:block}\
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
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>tikrar bench</title>\
         <style>{}{STYLE}</style></head><body>\n<h1>tikrar {} bench</h1>\n",
        plot::STYLE,
        report.version
    )?;
    writeln!(page, "<p class=\"quiet\">{}</p>", escape(&report.about().join(" · ")))?;
    list(page, "What limits it", &report.findings)?;
    list(page, "Warnings", &report.warnings)?;
    page.push_str("<h2>Pictures</h2><div class=\"pictures\">\n");
    figure(report, "speed by threads", plot::speedup, plot::SPEEDUP, page)?;
    figure(report, "seconds by stage", plot::shares, plot::SHARES, page)?;
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

fn figure(
    report: &Report,
    name: &str,
    draw: fn(&Report, &mut String) -> std::fmt::Result,
    caption: &str,
    page: &mut String,
) -> std::fmt::Result {
    let (width, height) = plot::SIZE;
    write!(
        page,
        "<figure><svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{name}\">"
    )?;
    draw(report, page)?;
    writeln!(page, "</svg><figcaption>{caption}</figcaption></figure>")
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
        "beside CPU s",
        "share",
        "GB/s",
        "items",
        "items/s",
        "cores busy",
        "peak +MB",
        "no file, at its end +MB",
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
                known(stage.quiet.as_ref().map(|quiet| quiet.median), 3),
                format!("{:.3}", stage.cpu.median),
                format!("{:.3}", stage.beside.median),
                format!("{:.1} %", stage.share * 100.0),
                known(stage.gb_per_s, 2),
                stage.items.to_string(),
                known(stage.items_per_s, 0),
                known(stage.cores_busy, 2),
                format!("{:.0}", stage.peak_bytes as f64 / 1e6),
                format!("{:.0}", stage.anonymous_bytes as f64 / 1e6),
            ],
        )?;
    }
    page.push_str(END);
    writeln!(page, "<p class=\"quiet\">{NOTES}</p>")
}

/// How figures of stages are to be read.
const NOTES: &str = "\u{2013}: not there. The hash of the input goes on beside the stages, and has no rate by the clock \
     then; stages that do not go through the bytes of the archive have none in GB/s; more threads than cores have no \
     time without waiting. Memory is what a run holds beyond what the process held when it began: at most, \
     with the pages of mapped files, and at the end of a stage without them.";

/// A figure, or that there is none.
fn known(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "\u{2013}".to_owned(), |figure| format!("{figure:.digits$}"))
}

fn scaling(report: &Report, page: &mut String) -> std::fmt::Result {
    if report.within_cores().len() < 2 {
        return Ok(());
    }
    let head = [
        "stage",
        "stays s",
        "shared s",
        "fit",
        "serial share",
        "as measured, on threads",
        "at most, on 64 cores",
        "CPU, most / fewest threads",
        "CPU s a further thread",
    ];
    table(page, "What threads gain: wall = stays + shared / threads", &head)?;
    for (scale, fit) in report.gains() {
        row(
            page,
            &[
                scale.stage.unwrap_or("whole run").to_owned(),
                format!("{:.3}", fit.fixed_s),
                format!("{:.3}", fit.shared_s),
                scale.fit_check(),
                format!("{:.1} %", fit.serial_share() * 100.0),
                scale.measured_shares(),
                scale.limit_64.map_or("too unsteady".to_owned(), |limit| format!("{limit:.1} ×")),
                format!("{:.2}", scale.cpu_growth),
                scale.cpu_per_thread_s.map_or(String::new(), |cost| format!("{cost:.4}")),
            ],
        )?;
    }
    page.push_str(END);
    Ok(())
}
