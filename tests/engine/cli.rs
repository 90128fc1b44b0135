//! The command as a user, a script and a shell meet it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::archive::Edit;
use crate::support::{Place, fixtures, json, lines};

fn dedup(place: &Place, args: &[&str]) -> Output {
    let out = place.tikrar().arg("dedup").args(args).output().unwrap();
    assert!(!said(&out).contains("panicked"), "{}", said(&out));
    out
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// Runs and expects an exit code.
fn expect(place: &Place, args: &[&str], code: i32) -> Output {
    let out = dedup(place, args);
    assert_eq!(out.status.code(), Some(code), "{args:?}: {}", said(&out));
    out
}

fn is_empty(place: &Place, but: &[&str]) -> bool {
    let entries = fs::read_dir(place.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect::<BTreeSet<_>>() == but.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn a_folder_is_replaced_only_by_force() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 50);
    expect(&place, &["a.jsonl", "--out", "RUN"], 0);
    let before = fs::read(place.path("RUN/stats.json")).unwrap();
    let out = expect(&place, &["a.jsonl", "--out", "RUN", "--threshold", "0.9"], 2);
    assert!(said(&out).contains("error[E003]") && said(&out).contains("help:"), "{}", said(&out));
    assert_eq!(fs::read(place.path("RUN/stats.json")).unwrap(), before);
    expect(&place, &["a.jsonl", "--out", "RUN", "--threshold", "0.9", "--force"], 0);
    assert_eq!(json(&place.path("RUN/stats.json"))["settings"]["threshold"], 0.9);
    assert!(is_empty(&place, &["RUN", "a.jsonl"]));
}

#[test]
fn wrong_usage_is_exit_2_and_writes_nothing() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 5);
    for wrong in [
        &["a.jsonl"][..],
        &["--out", "RUN"],
        &["a.jsonl", "--out", "RUN", "--tresholt", "0.5"],
        &["a.jsonl", "--out", "RUN", "--threshold", "1.5"],
        &["a.jsonl", "--out", "RUN", "--threshold", "many"],
        &["a.jsonl", "--out", "RUN", "--shingle", "line:3"],
        &["a.jsonl", "--out", "RUN", "--bands", "9"],
        &["a.jsonl", "--out", "RUN", "--bands", "99", "--rows", "99"],
        &["a.jsonl", "--out", "RUN", "--method", "simhash", "--hamming", "20"],
        &["a.jsonl", "--out", "RUN", "--keep", "no such file"],
        &["a.jsonl", "--out", "RUN", "--max-page", "0"],
        &["a.jsonl", "--out", "."],
    ] {
        let out = expect(&place, wrong, 2);
        assert!(said(&out).starts_with("error"), "{wrong:?}: {}", said(&out));
        assert!(is_empty(&place, &["a.jsonl"]), "{wrong:?}");
    }
}

#[test]
fn a_missing_file_is_exit_3_and_nothing_else_is_lost() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 50);
    let out = expect(&place, &["a.jsonl", "gone.jsonl", "--out", "RUN"], 3);
    assert!(said(&out).contains("gone.jsonl"), "{}", said(&out));
    assert_eq!(json(&place.path("RUN/stats.json"))["ledger"]["read"], 50);
    assert!(place.path("RUN/_SUCCESS").exists());
}

#[test]
fn strict_stops_at_the_first_reject() {
    let place = Place::new();
    let broken = fixtures().join("broken/bad_json.jsonl");
    let out = expect(&place, &[broken.to_str().unwrap(), "--out", "RUN", "--strict"], 3);
    assert!(said(&out).contains("bad_json.jsonl:2 (byte "), "{}", said(&out));
    assert!(is_empty(&place, &[]));
}

#[test]
fn outputs_are_no_inputs() {
    let place = Place::new();
    let (path, _) = place.put_archive("pages/a.jsonl", 3, 20);
    let before = fs::read(&path).unwrap();
    for wrong in [
        &["segment", "pages/a.jsonl", "--out", "pages/../pages/a.jsonl"][..],
        &["segment", "pages", "--out", "pages/parts.jsonl"],
        &["bench", "pages/a.jsonl", "--repeats", "1", "--json", "pages/a.jsonl"],
        &["bench", "pages/a.jsonl", "--repeats", "1", "--html", "b", "--svg", "b"],
        &["synth", "--pages", "10", "--out", "s", "--truth", "./s"],
    ] {
        let out = place.tikrar().args(wrong).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{wrong:?}: {}", said(&out));
        assert_eq!(fs::read(&path).unwrap(), before, "{wrong:?}");
        assert!(is_empty(&place, &["pages"]), "{wrong:?}");
    }
}

#[test]
fn a_run_that_waits_for_stdin_can_be_interrupted() {
    let place = Place::new();
    let mut child = place
        .std_tikrar()
        .args(["dedup", "-", "--out", "RUN"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The partial folder stands once the handlers do.
    while !place.path("RUN.partial").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    // The writer's end stays open: the run does not wait for it.
    let stdin = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
    assert!(is_empty(&place, &[]));
}

#[test]
fn a_dry_run_counts_the_same_and_writes_nothing() {
    let place = Place::new();
    place.put_archive("a.jsonl", 3, 300);
    let dry = expect(&place, &["a.jsonl", "--dry-run", "--json", "-q"], 0);
    assert!(is_empty(&place, &["a.jsonl"]));
    assert_eq!(said(&dry), "", "-q says nothing");
    let dry: Value = serde_json::from_slice(&dry.stdout).unwrap();
    let wet = expect(&place, &["a.jsonl", "--out", "RUN", "--json"], 0);
    let wet: Value = serde_json::from_slice(&wet.stdout).unwrap();
    assert_eq!(wet, json(&place.path("RUN/stats.json")));
    for same in ["ledger", "clusters", "families", "settings", "input_digest", "histograms"] {
        assert_eq!(dry[same], wet[same], "{same}");
    }
}

#[test]
fn the_summary_tells_the_ledger_without_color_and_bars() {
    let place = Place::new();
    place.put_archive("a.jsonl", 3, 300);
    let out = expect(&place, &["a.jsonl", "--out", "RUN"], 0);
    assert!(out.stdout.is_empty(), "stdout is data");
    let said = said(&out);
    assert!(!said.contains('\x1b') && !said.contains('\r'), "{said}");
    for word in ["read", "kept", "removed", "rejected", "clusters", "written to"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let verbose = expect(&place, &["a.jsonl", "--dry-run", "-v", "--color", "always"], 0);
    let verbose = String::from_utf8(verbose.stderr).unwrap();
    assert!(verbose.contains("bands of") && verbose.contains("\x1b[1m"), "{verbose}");
}

#[test]
fn an_interrupt_ends_with_130_and_no_folder() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 6000);
    let mut interrupted = 0;
    for delay in [30, 80, 150] {
        let child = place
            .std_tikrar()
            .args(["dedup", "a.jsonl", "--out", "RUN", "--threads", "1", "--force"])
            .args(["--minhash", "classic", "--signature", "1024"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let id = child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        let out = child.wait_with_output().unwrap();
        match out.status.code() {
            Some(130) => {
                interrupted += 1;
                assert!(said(&out).contains("nothing was published"), "{}", said(&out));
                assert!(is_empty(&place, &["a.jsonl"]));
            }
            // The signal came before the handler stood.
            None => assert!(!place.path("RUN").exists()),
            other => panic!("{other:?}: {}", said(&out)),
        }
    }
    assert!(interrupted > 0);
}

#[test]
fn two_runs_do_not_write_into_one_folder() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 10);
    // A run that reads stdin waits for it with its folder claimed.
    let mut first = place
        .std_tikrar()
        .args(["dedup", "-", "--out", "RUN", "-q"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    while !place.path("RUN.partial").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(50));
    let second = expect(&place, &["a.jsonl", "--out", "RUN"], 4);
    assert!(said(&second).contains("in use by another run"), "{}", said(&second));
    drop(first.stdin.take());
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert!(place.path("RUN/_SUCCESS").exists());
}

/// Runs a line of the shell, with the command as `$1`.
fn shell(place: &Place, line: &str) -> Output {
    let program = place.std_tikrar();
    Command::new("bash")
        .args(["-c", line, "bash"])
        .arg(program.get_program())
        .current_dir(place.path(""))
        .output()
        .unwrap()
}

#[test]
fn an_output_that_cannot_be_written_is_exit_4_and_no_folder() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 400);
    let out = shell(&place, "ulimit -f 64; \"$1\" dedup a.jsonl --out RUN");
    assert_eq!(out.status.code(), Some(4), "{}", said(&out));
    assert!(said(&out).contains("cannot be written"), "{}", said(&out));
    place.put("file", "");
    expect(&place, &["a.jsonl", "--out", "file/RUN"], 4);
    assert!(is_empty(&place, &["a.jsonl", "file"]));
}

#[test]
fn no_memory_left_is_exit_5_and_no_folder() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 20);
    let out = shell(&place, "ulimit -d 12000; \"$1\" dedup a.jsonl --out RUN --threads 1");
    assert_eq!(out.status.code(), Some(5), "{}", said(&out));
    assert!(said(&out).contains("out of memory"), "{}", said(&out));
    // A run that was ended so leaves at most its unfinished folder, which the next run takes away.
    assert!(!place.path("RUN").exists());
    expect(&place, &["a.jsonl", "--out", "RUN"], 0);
    assert!(!place.path("RUN.partial").exists());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 20);
    for command in [
        "\"$1\" schema clusters",
        "\"$1\" man",
        "\"$1\" completions bash",
        "\"$1\" dedup a.jsonl --dry-run --json",
        "\"$1\" --help",
    ] {
        let line = format!("{command} | head -c0; exit ${{PIPESTATUS[0]}}");
        let out = shell(&place, &line);
        assert_eq!(out.status.code(), Some(0), "{command}: {}", said(&out));
        assert!(!said(&out).contains("panicked"), "{}", said(&out));
    }
}

#[test]
fn hostile_text_reaches_no_terminal_as_it_is() {
    let place = Place::new();
    let controls = fixtures().join("broken/controls.jsonl");
    let path = place.put("in/a.jsonl", fs::read(&controls).unwrap());
    // Copies, so that titles and ids are spoken of; rejects, so that data is quoted.
    let rejects = "\u{1b}[2J\u{202e} no json\n{\"id\":\"\\u001b[31m\"}\n";
    place.put("in/b.jsonl", [fs::read(&path).unwrap(), rejects.into()].concat());
    place.put("in/\u{1b}[31mname\u{202e}.jsonl", "\u{9b}31m\n");
    let mut heard = String::new();
    for more in [&["--out", "RUN"][..], &["--out", "RUN"], &["--out", "TWO", "--strict", "-v"]] {
        let args = [&["in", "in/\u{1b}gone"], more].concat();
        heard += &said(&dedup(&place, &args));
    }
    assert!(heard.contains("rejected:") && heard.contains("error"), "{heard}");
    let raw: BTreeSet<char> =
        heard.chars().filter(|&c| c != '\n' && tikrar::error::acts_on_terminal(c)).collect();
    assert!(raw.is_empty(), "{raw:?} in {}", heard.escape_debug());
}

#[test]
fn help_manual_and_completions_are_there() {
    let place = Place::new();
    let print = |args: &[&str]| {
        let out = place.tikrar().args(args).output().unwrap();
        assert!(out.status.success());
        String::from_utf8(out.stdout).unwrap()
    };
    for args in [&["--help"][..], &["dedup", "-h"]] {
        let help = print(args);
        assert!(help.lines().count() <= 50, "{args:?} does not fit a screen");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
        assert!(help.contains("Examples:"));
    }
    assert!(print(&["dedup", "--help"]).contains("--max-page"));
    let manual = print(&["man"]);
    assert!(manual.contains(".TH") && manual.contains("max\\-lost\\-words"));
    assert!(print(&["completions", "bash"]).contains("--max-lost-words"));
    assert!(print(&["--version"]).contains(env!("CARGO_PKG_VERSION")));
}

/// What is wrong with `value` by the part of JSON Schema that the schemas use.
fn faults(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("a type the checker does not know: {other}"),
    };
    if !types.iter().any(|kind| is(kind.as_str().unwrap())) {
        return vec![format!("{at} is no {}: {value}", schema["type"])];
    }
    let mut found = Vec::new();
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at} lacks {name}"));
        }
    }
    if let (Some(fields), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        for (name, field) in fields {
            match properties.get(name) {
                Some(schema) => found.extend(faults(schema, field, &format!("{at}.{name}"))),
                None => found.push(format!("{at} has {name}, of which the schema says nothing")),
            }
        }
    }
    for item in value.as_array().into_iter().flatten().filter(|_| schema.get("items").is_some()) {
        found.extend(faults(&schema["items"], item, &format!("{at}[]")));
    }
    found
}

#[test]
fn every_line_of_a_run_keeps_to_its_schema() {
    let place = Place::new();
    place.put_archive("a.jsonl", 1, 300);
    let fixtures = fixtures();
    let inputs = [fixtures.join("pages"), fixtures.join("broken/bad_json.jsonl")];
    let inputs: Vec<&str> = inputs.iter().map(|path| path.to_str().unwrap()).collect();
    expect(
        &place,
        &[&inputs[..], &["a.jsonl", "--pairs", "--segments", "--drop-contained", "--out", "RUN"]]
            .concat(),
        0,
    );
    let names = [
        "clusters", "removed", "rejected", "pairs", "blocks", "segments", "inputs", "outlets",
        "edges", "stats",
    ];
    for name in names {
        let schema = place.tikrar().args(["schema", name]).output().unwrap();
        let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
        let values = match name {
            "stats" => vec![json(&place.path("RUN/stats.json"))],
            _ => lines(&place.path(&format!("RUN/{name}.jsonl"))),
        };
        assert!(!values.is_empty(), "nothing to check {name} by");
        for value in values {
            assert_eq!(faults(&schema, &value, name), Vec::<String>::new());
        }
    }
}

/// The pairs of pages that a run put into one cluster.
fn pairs_in_clusters(place: &Place, run: &str) -> BTreeSet<(String, String)> {
    let mut pairs = BTreeSet::new();
    for cluster in lines(&place.path(run).join("clusters.jsonl")) {
        let members = cluster["members"].as_array().unwrap();
        let ids: BTreeSet<&str> = members.iter().map(|m| m["id"].as_str().unwrap()).collect();
        for a in &ids {
            pairs.extend(ids.range(*a..).skip(1).map(|b| ((*a).to_owned(), (*b).to_owned())));
        }
    }
    pairs
}

#[test]
fn every_method_finds_the_copies() {
    let place = Place::new();
    let (_, pages) = place.put_archive("a.jsonl", 9, 2500);
    let by_jaccard = ["a.jsonl", "-q", "--scope", "page", "--match", "jaccard", "--out"];
    for (run, more) in [
        ("FAST", &[][..]),
        ("CLASSIC", &["--minhash", "classic"]),
        ("SIM", &["--method", "simhash", "--hamming", "6"]),
    ] {
        expect(&place, &[&by_jaccard[..], &[run], more].concat(), 0);
    }
    let [fast, classic, sim] = ["FAST", "CLASSIC", "SIM"].map(|run| pairs_in_clusters(&place, run));
    let share = |part: &BTreeSet<_>, of: &BTreeSet<_>| {
        part.intersection(of).count() as f64 / of.len() as f64
    };
    assert!(share(&classic, &fast) > 0.99 && share(&fast, &classic) > 0.99);
    // SimHash sees what is nearly the same, and accepts nothing that is not.
    assert!(share(&fast, &sim) > 0.97, "{}", share(&fast, &sim));
    assert!(share(&sim, &fast) > 0.4, "{}", share(&sim, &fast));
    let edited: BTreeSet<&str> =
        pages.iter().filter(|p| p.edit == Edit::Edited).map(|p| p.id.as_str()).collect();
    assert!(sim.iter().any(|(a, b)| edited.contains(a.as_str()) || edited.contains(b.as_str())));
    // Equal texts are together, by every method.
    for (at, a) in pages.iter().enumerate() {
        for b in &pages[at + 1..] {
            if a.story == b.story && a.edit.keeps_words() && b.edit.keeps_words() {
                let pair = (a.id.clone().min(b.id.clone()), a.id.clone().max(b.id.clone()));
                for found in [&fast, &classic, &sim] {
                    assert!(found.contains(&pair), "{pair:?}");
                }
            }
        }
    }
}

const STORY: &str = "أعلنت هيئة الموانئ اليوم وصول أول سفينة حاويات إلى الرصيف الجديد في مرفأ \
                     المدينة بعد ثلاث سنوات من العمل المتواصل وقال مدير الهيئة إن الرصيف يستقبل \
                     أربع سفن كبيرة في وقت واحد ويوفر ألفي فرصة عمل لأبناء المنطقة والمناطق \
                     المجاورة لها";

/// Three tellings of one story: early and short, late and long, and one with words of its own.
fn tellings(place: &Place) {
    let page = |id: &str, outlet: &str, date: &str, text: &str| {
        let page = serde_json::json!({ "id": id, "outlet": outlet, "date": date, "text": text });
        format!("{page}\n")
    };
    let pages = [
        page("late", "النخيل", "2020-03-09", &format!("{STORY} وسيعمل ليلا ونهارا.")),
        page("early", "السدرة", "2020-03-07", &format!("{STORY}.")),
        page("own", "الرمال", "2020-03-08", &format!("{STORY}. زنجبيل فستق قرنفل هيل.")),
    ];
    place.put("a.jsonl", pages.concat());
}

#[test]
fn the_rule_says_who_stays_and_the_reason_is_told() {
    let place = Place::new();
    tellings(&place);
    place.put("outlets.txt", "الرمال\nالنخيل\n");
    for (rule, keep, reason) in [
        ("earliest", "early", "earliest date"),
        ("longest", "own", "longest story"),
        ("first", "late", "first in the input"),
        ("outlets.txt", "own", "preferred outlet"),
    ] {
        expect(&place, &["a.jsonl", "--out", "RUN", "--force", "--keep", rule], 0);
        let clusters = lines(&place.path("RUN/clusters.jsonl"));
        assert_eq!(clusters.len(), 1, "{clusters:?}");
        assert_eq!(
            (&clusters[0]["keep"], &clusters[0]["keep_reason"]),
            (&keep.into(), &reason.into())
        );
        let kept = fs::read_to_string(place.path("RUN/kept/a.jsonl")).unwrap();
        assert!(kept.contains(&format!("\"{keep}\"")) && kept.lines().count() == 1);
    }
}

#[test]
fn a_copy_with_words_of_its_own_may_be_kept() {
    let place = Place::new();
    tellings(&place);
    expect(&place, &["a.jsonl", "--out", "ALL"], 0);
    let removed = lines(&place.path("ALL/removed.jsonl"));
    let own = removed.iter().find(|line| line["id"] == "own").unwrap();
    assert_eq!(own["lost_words"], 4, "{own}");
    let rarest: Vec<&str> =
        own["lost_rarest"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    assert!(rarest.contains(&"زنجبيل"), "{rarest:?}");
    expect(&place, &["a.jsonl", "--out", "SOME", "--max-lost-words", "3"], 0);
    let removed = lines(&place.path("SOME/removed.jsonl"));
    assert!(removed.iter().all(|line| line["id"] != "own"), "{removed:?}");
    let cluster = &lines(&place.path("SOME/clusters.jsonl"))[0];
    assert_eq!(cluster["size"], 3, "it is told as a copy all the same");
}

#[test]
fn folders_kept_and_removed_can_be_left_out() {
    let place = Place::new();
    tellings(&place);
    expect(&place, &["a.jsonl", "--out", "RUN", "--no-kept", "--no-removed"], 0);
    assert!(!place.path("RUN/kept").exists() && !place.path("RUN/removed").exists());
    assert!(!place.path("RUN/pairs.jsonl").exists());
    let mut success = String::new();
    fs::File::open(place.path("RUN/_SUCCESS")).unwrap().read_to_string(&mut success).unwrap();
    assert_eq!(success, "");
}
