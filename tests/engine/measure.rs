//! `tikrar synth` and `tikrar bench`, as a user meets them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{Place, json};

fn names(place: &Place) -> BTreeSet<String> {
    let entries = fs::read_dir(place.path("")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn wrong_usage_is_exit_2_and_leaves_nothing() {
    let place = Place::new();
    place.put("there.jsonl", "x");
    for wrong in [
        &["synth"][..],
        &["synth", "--pages", "10"],
        &["synth", "--pages", "0", "--out", "a.jsonl"],
        &["synth", "--pages", "10", "--out", "a.jsonl", "--copies", "0.95"],
        &["synth", "--pages", "10", "--out", "a.jsonl", "--outlets", "0"],
        &["synth", "--pages", "10", "--out", "a.jsonl", "--related", "-1"],
        &["synth", "--pages", "10", "--out", "there.jsonl"],
        &["synth", "--pages", "10", "--out", "a.jsonl", "--truth", "there.jsonl"],
        &["synth", "--describe", "there.jsonl", "--pages", "10"],
        &["bench", "--threads", "0"],
        &["bench", "--threads", "1,1"],
        &["bench", "--threads", "1,x"],
        &["bench", "--threads", "1,100000"],
        &["synth", "--pages", "10", "--out", "a.jsonl", "--threads", "100000"],
        &["segment", "there.jsonl", "--threads", "100000"],
        &["verify", "there.jsonl", "--threads", "-1"],
        &["bench", "--repeats", "0"],
        &["bench", "--pages", "0"],
        &["bench", "--threshold", "2"],
        &["bench", "-"],
        &["bench", "there.jsonl", "--pages", "5"],
    ] {
        let output = place.tikrar().args(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", said(&output));
    }
    assert_eq!(names(&place), BTreeSet::from(["there.jsonl".to_owned()]));
    assert_eq!(fs::read(place.path("there.jsonl")).unwrap(), b"x");
    place.tikrar().args(["synth", "--pages", "10", "--out", "no/a.jsonl"]).assert().code(4);
    place.tikrar().args(["bench", "--pages", "10", "--json", "no/a.json"]).assert().code(4);
    assert_eq!(names(&place).len(), 1);
}

#[test]
fn an_archive_can_be_made_described_deduplicated_and_judged() {
    let place = Place::new();
    let make = ["synth", "--pages", "2000", "--out", "a.jsonl", "--truth", "t.tsv", "--threads"];
    place.tikrar().args(make).arg("1").assert().success();
    let pages = fs::read(place.path("a.jsonl")).unwrap();
    place.tikrar().args(make).arg("3").assert().code(2);
    place.tikrar().args(make).args(["3", "--force"]).assert().success();
    assert_eq!(fs::read(place.path("a.jsonl")).unwrap(), pages);

    let told = place.tikrar().args(["synth", "--describe", "a.jsonl"]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let figure = |name: &str| {
        let mut lines = told.lines().rev();
        let line = lines.find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{told}"));
        line.split_whitespace().last().unwrap().replace(',', "").parse::<f64>().unwrap()
    };
    assert_eq!(figure("pages") as u64, 2000);
    // Words, which come after bytes: articles have 203.
    assert!((180.0..220.0).contains(&figure("  half at most")), "{told}");
    assert!((0.50..0.57).contains(&figure("runs of three words met once")), "{told}");
    assert!((0.25..0.265).contains(&figure("text of the 100 most frequent words")), "{told}");

    place.tikrar().args(["dedup", "a.jsonl", "--out", "RUN", "-q"]).assert().success();
    let stages = &json(&place.path("RUN/stats.json"))["stages"];
    for name in ["count", "sketch", "write"] {
        let stage = stages.as_array().unwrap().iter().find(|stage| stage["name"] == name).unwrap();
        assert_eq!(stage["items"], 2000, "{name} goes through every page");
    }
    let judged = place.tikrar().args(["evaluate", "RUN", "--truth", "t.tsv", "--json"]).output();
    let judged: Value = serde_json::from_slice(&judged.unwrap().stdout).unwrap();
    let pairs = &judged["t.tsv"]["stories"]["pairwise"];
    assert!(pairs["precision"].as_f64().unwrap() > 0.99, "{judged}");
}

#[test]
fn a_bench_tells_every_time_and_leaves_nothing_else() {
    let place = Place::new();
    let output = place
        .tikrar()
        .args(["bench", "--pages", "300", "--threads", "2,1", "--repeats", "2", "--warm-up", "1"])
        .args(["--json", "b.json", "--html", "b.html", "--svg", "b.svg"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(names(&place), BTreeSet::from(["b.html", "b.json", "b.svg"].map(str::to_owned)));

    let report = json(&place.path("b.json"));
    assert_eq!(report["schema"], 2);
    assert_eq!(
        (&report["pages"], &report["synthetic"]["pages"]),
        (&Value::from(300), &Value::from(300))
    );
    assert_eq!(report["threads"], Value::from(vec![1, 2]));
    let runs = report["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 6);
    assert_eq!(runs.iter().filter(|run| run["warm_up"] == true).count(), 2);
    for run in runs {
        let stages = run["stages"].as_array().unwrap();
        let named: Vec<&str> = stages.iter().map(|stage| stage["name"].as_str().unwrap()).collect();
        assert_eq!(
            named,
            [
                "open", "count", "sketch", "exact", "band", "verify", "cluster", "write", "hash",
                "publish"
            ]
        );
        let wall: f64 = stages.iter().map(|stage| stage["wall_s"].as_f64().unwrap()).sum();
        assert!(wall > 0.0 && wall <= run["wall_s"].as_f64().unwrap() + 1e-6, "{run}");
        for key in ["waited_s", "beside_s"] {
            assert!(stages.iter().all(|stage| stage[key].as_f64().unwrap() >= 0.0), "{run}");
        }
        assert!(run["peak_bytes"].as_u64().unwrap() > 0, "{run}");
    }
    let totals = report["totals"].as_array().unwrap();
    assert_eq!(totals.len(), 2);
    for total in totals {
        let wall = &total["wall"];
        let [min, median, max] = ["min", "median", "max"].map(|key| wall[key].as_f64().unwrap());
        assert!(0.0 < min && min <= median && median <= max, "{total}");
        assert!(total["cpu"]["median"].as_f64().unwrap() > 0.0);
    }
    // Ten stages (with publishing) and five baselines, on one and on two threads.
    assert_eq!(report["stages"].as_array().unwrap().len(), 20);
    assert_eq!(report["baselines"].as_array().unwrap().len(), 10);
    assert!(report["baselines"][3]["engine_cpu_ratio"].as_f64().unwrap() > 0.1);
    let whole = &report["scaling"][0];
    assert!(whole["stage"].is_null());
    let cores = report["machine"]["cores"].as_u64().unwrap();
    for row in report["scaling"].as_array().unwrap() {
        // Two threads say nothing on one core, and the hash has no time of its own beside the rest.
        let told = usize::from(cores > 1 && row["stage"] != "hash");
        let measured = row["measured"].as_array().unwrap();
        assert_eq!(measured.len(), told, "{row}");
        assert!(measured.iter().all(|share| share["threads"] == 2), "{row}");
        assert_eq!(
            row["fit"].is_object() && row["cpu_per_thread_s"].is_number(),
            told == 1,
            "{row}"
        );
        let limit = &row["limit_64"];
        assert!(limit.is_null() || (1.0..=64.0).contains(&limit.as_f64().unwrap()), "{row}");
    }
    assert!(report["floor"]["hash_s"].as_f64().unwrap() > 0.0, "{report}");
    for pass in report["passes"].as_array().unwrap() {
        let times = pass["times"].as_u64().unwrap();
        assert!(pass["wall_s"].as_f64().unwrap() * times as f64 >= 0.1 - 1e-6, "{pass}");
    }
    assert!(report["findings"].as_array().unwrap().len() > 2);

    let page = fs::read_to_string(place.path("b.html")).unwrap();
    for foreign in ["http:", "https:", "<script", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("<svg").count(), 2);
    let drawing = fs::read_to_string(place.path("b.svg")).unwrap();
    assert!(
        drawing.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"")
            && drawing.ends_with("</svg>\n")
    );
    assert_eq!(drawing.matches("class=\"ideal\"").count(), 1);
    assert_eq!(drawing.matches('<').count(), drawing.matches('>').count());
    assert!(page.contains("class=\"ideal\"") && page.contains("prefers-color-scheme"));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("whole run") && said.contains("serde_json::from_slice"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_pipe_is_written_to_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let place = Place::new();
    let pipe = place.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap().lines().count()
    });
    place.tikrar().args(["synth", "--pages", "3", "-q", "--out", "pipe"]).assert().success();
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo(), "a file took its place");
    assert_eq!(reader.join().unwrap(), 3);
}

#[test]
fn a_bench_of_files_leaves_them_and_says_what_it_cannot_read() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 200);
    let before = fs::read(place.path("a.jsonl")).unwrap();
    let quick = ["--threads", "1", "--repeats", "1", "--warm-up", "0"];
    let output = place.tikrar().args(["bench", "a.jsonl"]).args(quick).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(fs::read(place.path("a.jsonl")).unwrap(), before);
    assert_eq!(names(&place).len(), 1);
    place.tikrar().args(["bench", "b.jsonl"]).args(quick).assert().code(3);
}

#[test]
fn evaluate_measures_nothing_of_nothing() {
    let place = Place::new();
    let (_, pages) = place.put_archive("a.jsonl", 5, 60);
    place.tikrar().args(["dedup", "a.jsonl", "-q", "--out", "RUN"]).assert().success();
    place.put("empty.tsv", "# nothing\n\n");
    place.put("far.tsv", "a\tb\t4\n");
    for (args, said) in [
        (&["--threshold", "2"][..], "--threshold"),
        (&["--threshold", "0"], "--threshold"),
        (&["--threshold", "NaN"], "--threshold"),
        (&["--sample", "0"], "--sample"),
        (&["--truth", "empty.tsv"], "no label"),
        (&["--truth", "far.tsv"], "no label"),
    ] {
        let out = place.tikrar().args(["evaluate", "RUN", "-q"]).args(args).output().unwrap();
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(said) && out.stdout.is_empty(), "{args:?}: {told}");
    }
    // A label about a page that the run has not says nothing of the run.
    let [a, b] = [&pages[0].id, &pages[1].id];
    let truth = format!("{a}\tone\n{b}\ttwo\nnobody\tone\n{a}\tnobody\tcopy\na.jsonl#2\tthree\n");
    place.put("t.tsv", truth);
    let evaluate = |flags: &[&str]| {
        let mut command = place.tikrar();
        let out = command.args(["evaluate", "RUN", "--truth", "t.tsv", "-q"]).args(flags).output();
        String::from_utf8(out.unwrap().stdout).unwrap()
    };
    let said = evaluate(&[]);
    assert!(said.contains("left out: 1 labeled page and 1 pair whose ids are not in"), "{said}");
    let told: serde_json::Value = serde_json::from_str(&evaluate(&["--json"])).unwrap();
    let strange = serde_json::json!({"pages": 1, "pairs": 1, "first_ids": ["nobody"]});
    assert_eq!(told["t.tsv"]["not_in_run"], strange);
    assert_eq!(told["t.tsv"]["stories"]["pages"], 3);
    // Nothing is found where nothing is alike.
    place.put("b.jsonl", "{\"id\":\"x\",\"text\":\"نص قصير عن الطقس\"}\n");
    place.tikrar().args(["dedup", "b.jsonl", "-q", "--out", "ONE"]).assert().success();
    let out = place.tikrar().args(["evaluate", "ONE", "-q"]).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("none (0 of 0)") && !said.contains("1.0000"), "{said}");
}
