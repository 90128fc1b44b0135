//! The report: made again with the same bytes, inert whatever was scraped, within its room.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tikrar::config::{Lang, MatchConfig, ReportConfig};
use tikrar::progress::NoProgress;
use tikrar::read::MapChoice;
use tikrar::report::make_report;

use crate::support::{Place, dedup, fixtures};

const STORY: &str = "افتتح رئيس البلدية صباح اليوم سوق السمك الجديد في الحي الشرقي وقال إن العمل \
                     فيه استغرق عامين كاملين وبلغت كلفته تسعة ملايين ريال شاملة الثلاجات";

/// Pages whose every field is an attack.
fn hostile() -> String {
    let attacks = [
        "<script>alert(1)</script>",
        "</script><script>alert(2)</script><!--",
        "\"><img src=x onerror=alert(3)>",
        "\u{202e}gnirts\u{2066}\u{200f}",
        "\u{1b}[2J\u{1b}]8;;https://a.example\u{7}x\u{9b}31m",
        "{{7*7}}${7*7}\u{2028}\u{2029}\u{feff}",
        "]]></style><svg onload=alert(4)>",
        "=cmd|' /C calc'!A0",
    ];
    let urls = ["javascript:alert(5)", "https://a.example/\"onmouseover=alert(6)"];
    let mut lines = String::new();
    for (i, attack) in attacks.iter().enumerate() {
        for (nth, url) in urls.iter().enumerate() {
            let record = json!({
                "id": format!("{attack}{i}-{nth}"),
                "outlet": format!("{attack} {nth}"),
                "url": url,
                "date": "2024-03-02",
                "title": format!("{attack} عنوان {i}"),
                "text": format!("{STORY} {} {attack} {i}\nالمصدر: {attack}", "سطر ".repeat(i)),
            });
            let _ = writeln!(lines, "{record}");
        }
    }
    let long = json!({"id": "long", "title": "س".repeat(1 << 20), "text": STORY, "outlet": "ط".repeat(1 << 20)});
    format!(
        "{lines}{long}\n{}\n",
        json!({"id": "long2", "title": "س".repeat(1 << 20), "text": STORY})
    )
}

fn report(dir: &Path, config: ReportConfig) -> String {
    let (path, made) = make_report(dir, &config, MapChoice::never(), None, &NoProgress).unwrap();
    let html = fs::read_to_string(path).unwrap();
    assert_eq!(html.len() as u64, made.bytes);
    html
}

/// The elements of a page by a reader that knows only what HTML says of them: text, comments, raw
/// text of `script` and `style`, and tags with their attributes.
fn elements(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        if name.is_empty() {
            continue;
        }
        rest = &rest[name.len()..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            let key: String =
                rest.chars().take_while(|c| !c.is_whitespace() && !"=>".contains(*c)).collect();
            assert!(!key.is_empty(), "a tag that does not end: {name}");
            rest = &rest[key.len()..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix("=\"") {
                let end = after.find('"').unwrap();
                after[..end].clone_into(&mut value);
                rest = &after[end + 1..];
            }
            attributes.push((key, value));
        }
        if name == "script" || name == "style" {
            rest = &rest[rest.find(&format!("</{name}")).unwrap()..];
        }
        found.push((name, attributes));
    }
    found
}

#[test]
fn hostile_pages_are_inert() {
    let place = Place::new();
    let input = place.put("in.jsonl", hostile());
    let matching = MatchConfig { pairs: true, ..MatchConfig::default() };
    dedup(&place, "RUN", &[input], &matching);
    for lang in [Lang::En, Lang::Ar] {
        let html = report(&place.path("RUN"), ReportConfig { lang, ..ReportConfig::default() });
        assert!(html.contains("&lt;script&gt;alert(1)"), "the attacks are shown as text");
        assert!(html.contains("U+202E") && html.contains("U+001B"), "and their controls by name");
        let acts = |c: char| tikrar::error::acts_on_terminal(c) && c != '\n';
        let body = html.split("<script type=\"application/json\"").next().unwrap();
        let attributes: String =
            elements(body).iter().flat_map(|(_, all)| all.iter().map(|a| a.1.clone())).collect();
        assert!(!attributes.contains(acts));
        assert!(!body.contains(acts), "{:?}", body.find(acts).map(|at| &body[at..at + 8]));
        assert!(html.len() < 3_000_000, "long names are cut: {}", html.len());
        let all = elements(&html);
        let scripts =
            all.iter().filter(|(name, attributes)| name == "script" && attributes.is_empty());
        assert_eq!(scripts.count(), 1, "one script runs");
        for (name, attributes) in &all {
            assert!(
                !["img", "iframe", "object", "embed", "link", "base", "form"]
                    .contains(&name.as_str())
            );
            for (key, value) in attributes {
                assert!(!key.to_lowercase().starts_with("on") && key != "style", "{name} {key}");
                let local = value.starts_with('#') || value.starts_with("https://");
                assert!(!["href", "src"].contains(&key.as_str()) || local, "{name} {key}={value}");
            }
            if name == "a" && attributes.iter().any(|(_, value)| value.starts_with("https://")) {
                let rel = attributes
                    .iter()
                    .find(|(key, _)| key == "rel")
                    .map(|(_, value)| value.as_str());
                assert_eq!(rel, Some("noopener noreferrer"));
            }
        }
        let meta = html.split("id=\"meta\">").nth(1).unwrap().split("</script>").next().unwrap();
        let meta: Value = serde_json::from_str(meta).unwrap();
        assert!(meta["outlets"].as_array().unwrap().len() > 8, "the data survives");
    }
}

#[test]
fn the_same_folder_gives_the_same_page_and_the_manifest_knows_it() {
    let place = Place::new();
    let mut command = place.tikrar();
    command.arg("dedup").arg(fixtures().join("pages")).args(["-q", "--out", "RUN"]);
    command.assert().success();
    let dir = place.path("RUN");
    let (page, manifest) = (dir.join("report.html"), dir.join("manifest.sha256"));
    let (first, listed) = (fs::read(&page).unwrap(), fs::read_to_string(&manifest).unwrap());
    assert!(listed.contains("  report.html\n"));
    place.tikrar().args(["report", "RUN", "-q"]).assert().success().stderr("");
    assert!(fs::read(&page).unwrap() == first, "a report made again has the same bytes");
    assert_eq!(fs::read_to_string(&manifest).unwrap(), listed);
    place.tikrar().args(["report", "RUN", "-q", "--lang", "ar"]).assert().success();
    let arabic = fs::read_to_string(&page).unwrap();
    assert!(arabic.contains("<html lang=\"ar\" dir=\"rtl\">"));
    let now = fs::read_to_string(&manifest).unwrap();
    assert_ne!(now, listed);
    assert_eq!(now.lines().count(), listed.lines().count());
    let hash = tikrar::write::hex(&<sha2::Sha256 as sha2::Digest>::digest(arabic.as_bytes()));
    assert!(now.contains(&format!("{hash}  report.html\n")));
    assert_eq!(
        fs::read_dir(&dir)
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
            .count(),
        0
    );
}

#[test]
fn a_report_is_within_its_room_and_says_what_it_leaves_out() {
    let place = Place::new();
    let (input, _) = place.put_archive("a.jsonl", 11, 6000);
    dedup(&place, "RUN", &[input], &MatchConfig::default());
    let dir = place.path("RUN");
    let whole = report(&dir, ReportConfig::default());
    assert!(!whole.contains("data-t=\"left_members\""));
    let small = report(&dir, ReportConfig { max_mb: 2, ..ReportConfig::default() });
    assert!(
        small.len() <= 2_000_000 && small.len() < whole.len(),
        "{} of {}",
        small.len(),
        whole.len()
    );
    assert!(
        small.contains("data-t=\"left_texts\"") && small.contains("tikrar compare A B --in DIR")
    );
    for name in ["kept", "removed"] {
        fs::remove_dir_all(dir.join(name)).unwrap();
    }
    assert!(report(&dir, ReportConfig::default()).contains("data-t=\"no_texts\""));
}

#[test]
fn a_gate_on_the_share_removed_ends_with_1() {
    let place = Place::new();
    let pages = fixtures().join("pages");
    for (most, code) in [("10", 1), ("90%", 0)] {
        let mut command = place.tikrar();
        command.arg("dedup").arg(&pages).args(["-q", "--force", "--out", "RUN", "--no-report"]);
        command.args(["--fail-over", most]).assert().code(code);
        assert!(place.path("RUN/_SUCCESS").exists(), "the run is there");
        assert!(!place.path("RUN/report.html").exists());
    }
}

#[test]
fn a_folder_that_is_no_run_has_no_report() {
    let place = Place::new();
    fs::create_dir(place.path("EMPTY")).unwrap();
    place.tikrar().args(["report", "EMPTY"]).assert().code(3);
    assert_eq!(fs::read_dir(place.path("EMPTY")).unwrap().count(), 0);
}

#[test]
fn a_date_that_cannot_be_is_marked_and_on_no_axis() {
    let place = Place::new();
    let dates = ["2023-10-01", "2023-10-03", "9999-12-31", "1850-01-01", "2023-11-05"];
    let lines = dates.iter().enumerate().map(|(nth, date)| {
        let text = STORY;
        format!("{}\n", json!({"id": format!("p{nth}"), "date": date, "text": text}))
    });
    place.put("a.jsonl", lines.collect::<String>());
    place.tikrar().args(["dedup", "a.jsonl", "-q", "--out", "RUN"]).assert().success();
    let html = fs::read_to_string(place.path("RUN/report.html")).unwrap();
    // 1 January 1995 to 5 November 2023.
    assert!(html.contains("\"days\":[9131,19666]"));
    let marks = |key: &str| html.matches(&format!("data-t=\"{key}\"")).count();
    assert_eq!((marks("odd_day"), marks("odd_days_n"), marks("odd_keeper")), (2, 1, 1));
    // Each stands in its row and nowhere else.
    let shown = html.split("<script").next().unwrap();
    for year in ["9999", "1850"] {
        assert_eq!(shown.matches(&format!("{year}-")).count(), 1, "{year}");
    }
    assert!(shown.contains("2023-10-01</bdi> – "));
}

#[test]
fn a_report_that_is_interrupted_leaves_the_run_as_it_was() {
    struct Stopped;
    impl tikrar::progress::Progress for Stopped {
        fn start(&self, _: tikrar::progress::Stage, _: Option<u64>) {}
        fn add(&self, _: u64, _: u64) {}
        fn finish(&self, _: tikrar::progress::Stage, _: u64, _: u64, _: f64) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let place = Place::new();
    place.put_archive("a.jsonl", 2, 30);
    place.tikrar().args(["dedup", "a.jsonl", "-q", "--out", "RUN"]).assert().success();
    let dir = place.path("RUN");
    let files = || {
        let paths = crate::support::files_below(&dir);
        paths.into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect::<Vec<_>>()
    };
    let before = files();
    let config = ReportConfig { lang: Lang::Ar, ..ReportConfig::default() };
    let error = make_report(&dir, &config, MapChoice::never(), None, &Stopped).unwrap_err();
    assert_eq!(error.exit_code(), 130);
    assert!(files() == before);
    let options = tikrar::prove::ProveOptions::default();
    let error = tikrar::prove::verify(&dir, &options, &Stopped).unwrap_err();
    assert_eq!(error.exit_code(), 130);
}
