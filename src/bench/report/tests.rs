use super::*;
use crate::read::ReadOptions;

/// A run whose `write` and `publish` stay, whose `count` has the hash of the input beside it where there
/// are threads for both, and whose `sketch` takes so long.
fn run(threads: usize, sketch: f64) -> Run {
    let stage = |name, wall_s: f64, cpu_s, beside_s| {
        let took = Took { wall_s, cpu_s, beside_s, bytes: 10, items: 5, ..Took::default() };
        StageRun { name, took: Took { peak_bytes: 7, anonymous_bytes: 3, ..took } }
    };
    let all = threads as f64;
    let (count, hash) = if threads == 1 {
        (stage("count", 0.8, 0.8, 0.0), stage("hash", 0.4, 0.4, 0.0))
    } else {
        (stage("count", 1.2 / all, 0.8, 0.4), stage("hash", 0.0, 0.4, 0.0))
    };
    let publish =
        StageRun { name: "publish", took: Took { wall_s: 0.5, cpu_s: 0.1, ..Took::default() } };
    let (sketch, write) = (stage("sketch", sketch, 8.0, 0.0), stage("write", 1.0, 1.0, 0.0));
    let stages = vec![count, sketch, write, hash, publish];
    let wall_s = stages.iter().map(|stage| stage.took.wall_s).sum();
    let whole = Took { wall_s, cpu_s: 10.3, peak_bytes: 7, ..Took::default() };
    Run { threads, warm_up: false, whole, stolen_s: 0.0, stages }
}

fn report(threads: &[usize], cores: usize, jitter: f64) -> Report {
    let config = BenchConfig {
        inputs: Vec::new(),
        threads: threads.to_vec(),
        repeats: 3,
        warm_up: 0,
        matching: MatchConfig::default(),
        read: ReadOptions::default(),
        archives: true,
        work: "unused".into(),
    };
    let pass = |&threads: &usize| {
        let wall_s = 1.0 / threads as f64;
        Pass { baseline: Baseline::Memory, threads, times: 1, bytes: 500, wall_s, cpu_s: 1.0 }
    };
    let mut runs = Vec::new();
    for jitter in [0.0, jitter, -jitter] {
        let time = |&n: &usize| run(n, (8.0 / n as f64) * (1.0 + jitter * n as f64));
        runs.extend(threads.iter().map(time));
    }
    let passes = threads.iter().map(pass).collect();
    let hashed = vec![250, 750];
    let raw = Raw { pages: 100, bytes: 1000, load: Some(0.0), hashed, runs, passes };
    Report::on(&config, raw, Machine { cores, ..Machine::default() })
}

fn said<'r>(report: &'r Report, part: &str) -> &'r str {
    report.findings.iter().find(|text| text.contains(part)).unwrap_or_else(|| panic!("{report:#?}"))
}

#[test]
fn the_report_knows_what_stays() {
    let report = report(&[4, 1], 4, 0.001);
    assert_eq!(report.threads, [1, 4]);
    assert_eq!(report.stage_names(), ["count", "sketch", "write", "hash", "publish"]);
    let whole = report.scaling[0].fit.unwrap();
    assert!((whole.fixed_s - 1.5).abs() < 0.01 && (whole.shared_s - 9.2).abs() < 0.05);
    let row = |stage, threads| {
        let same = |row: &&StageRow| row.stage == stage && row.threads == threads;
        report.stages.iter().find(same).unwrap()
    };
    let sketch = row("sketch", 4);
    assert!((sketch.cores_busy.unwrap() - 4.0).abs() < 0.01 && sketch.peak_bytes == 7);
    assert!((report.baselines[0].engine_cpu_ratio - 5.15).abs() < 1e-9);
    assert!((report.baselines[1].gb_per_s - 2e-6).abs() < 1e-12);
    let stays = said(&report, "that stays is in");
    assert!(stays.contains("write 1.000 s") && stays.contains("publish 0.500 s"), "{stays}");
    let gain = |stage| report.scaling.iter().find(|row| row.stage == Some(stage)).unwrap();
    let write = gain("write");
    let [measured] = &write.measured[..] else { panic!("{write:?}") };
    assert!(measured.threads == 4 && (measured.share.median - 1.0).abs() < 1e-9);
    assert!(write.cpu_per_thread_s.unwrap().abs() < 1e-9 && write.cpu_growth <= 1.0);
}

#[test]
fn the_hash_beside_a_stage_is_not_blamed_on_it() {
    let report = report(&[1, 4], 4, 0.001);
    let count = report.scaling.iter().find(|row| row.stage == Some("count")).unwrap();
    assert!(count.serial_share.unwrap() < 1e-9, "{count:?}");
    let count = report.stages.iter().find(|row| row.stage == "count" && row.threads == 4).unwrap();
    assert!((count.cores_busy.unwrap() - 4.0).abs() < 1e-9 && count.beside.median > 0.39);
    assert!(!report.findings.iter().any(|text| text.starts_with("count keeps")));
    let hash = |threads| {
        let same = |row: &&StageRow| row.stage == "hash" && row.threads == threads;
        report.stages.iter().find(same).unwrap()
    };
    assert!(hash(1).gb_per_s.is_some() && (hash(1).cores_busy.unwrap() - 1.0).abs() < 1e-9);
    assert!(
        hash(4).gb_per_s.is_none() && hash(4).cores_busy.is_none() && hash(4).items_per_s.is_none()
    );
    assert!(report.scaling.iter().all(|row| row.stage != Some("hash") || row.fit.is_none()));
    // Of two inputs the larger has three quarters.
    let floor = report.floor.as_ref().unwrap();
    assert!(
        (floor.hash_s - 0.3).abs() < 1e-9 && floor.inputs == 2 && (floor.disk_s - 0.4).abs() < 1e-9
    );
    let bound = said(&report, "However many cores");
    assert!(bound.contains("0.300 s") && bound.contains("0.500 s"), "{bound}");
    assert!(report.scaling[0].limit_64.unwrap() <= 10.71 / 0.8);
}

#[test]
fn threads_without_a_core_of_their_own_say_nothing_of_gains() {
    let report = report(&[1, 2, 4], 2, 0.001);
    assert_eq!(report.within_cores(), [1, 2]);
    assert!(report.totals[2].quiet.is_none() && report.totals[1].quiet.is_some());
    assert!(report.stages.iter().all(|row| row.quiet.is_some() == (row.threads < 4)));
    for row in report.scaling.iter().filter(|row| row.stage != Some("hash")) {
        assert!(row.measured.iter().all(|share| share.threads == 2), "{row:?}");
        assert_eq!(row.fit.unwrap().points, 2, "{row:?}");
    }
    let faster = said(&report, "times as fast");
    assert!(faster.starts_with("A run on 2 threads is 1.7"), "{faster}");
    assert!(said(&report, "Left out").contains("4 threads"));
    assert!(said(&report, "Fit:").contains("two points"));
    assert!(report.findings.iter().all(|text| !text.contains("rise")), "two are no row of shares");
    let drawing = crate::bench::svg(&report);
    assert!(drawing.contains("threads above the 2 cores are left out"));
}

#[test]
fn where_others_had_the_cores_nothing_is_said_of_gains() {
    let mut report = report(&[1, 2], 2, 0.001);
    assert!(report.scaling[0].limit_64.is_some());
    report.runs.iter_mut().for_each(|run| run.whole.waited_s = 8.0);
    report.scale(&[250, 750]);
    let findings = report.find();
    assert!(report.scaling.iter().all(|row| row.limit_64.is_none()), "{:?}", report.scaling);
    assert!(
        findings.iter().any(|text| text.contains("cannot be told: they waited 78 %")),
        "{findings:?}"
    );
    assert!(!findings.iter().any(|text| text.contains("times as fast") || text.contains("Fit")));
}

#[test]
fn rounds_that_differ_too_much_have_no_verdict() {
    let report = report(&[1, 2, 4], 4, 0.2);
    let whole = &report.scaling[0];
    assert!(whole.fit.is_some() && whole.limit_64.is_none(), "{whole:?}");
    assert!(said(&report, "Serial share").contains("cannot be told"));
    assert!(!report.findings.iter().any(|text| text.contains("rise") || text.contains("64 cores")));
    assert!(
        report.warnings.iter().any(|text| text.contains("sketch on 4")),
        "{:?}",
        report.warnings
    );
}
