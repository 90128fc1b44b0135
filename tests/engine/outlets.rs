//! Who published first: `outlets.jsonl` and `edges.jsonl`, against a second reading of the clusters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tikrar::config::MatchConfig;

use crate::support::{Place, dedup, fixtures, lines};

const STORY: &str = "افتتح رئيس البلدية صباح اليوم سوق السمك الجديد في الحي الشرقي وقال إن العمل \
                     فيه استغرق عامين كاملين وبلغت كلفته تسعة ملايين ريال شاملة الثلاجات";

fn page(id: &str, outlet: &str, date: &str, text: &str) -> String {
    let record = json!({ "id": id, "outlet": outlet, "date": date, "text": text });
    format!("{record}\n")
}

#[test]
fn a_credit_counts_before_a_day_and_a_tie_has_no_direction() {
    let place = Place::new();
    let credits = format!("{STORY}.\nالمصدر: صحيفة المرفأ");
    let agency = format!("القاهرة - أ ف ب: {STORY}");
    let pages = [
        page("1", "المرفأ", "2024-03-02", STORY),
        page("2", "الواحة", "2024-03-02", STORY),
        page("3", "الواحة", "2024-03-03", STORY),
        page("4", "الميناء", "2024-03-02", &credits),
        page("5", "السنديان", "2024-03-06", &agency),
        page("6", "الشراع", "", STORY),
    ];
    let input = place.put("in.jsonl", pages.concat());
    dedup(&place, "RUN", &[input], &MatchConfig::default());
    let edges = lines(&place.path("RUN/edges.jsonl"));
    let edge = |from: &str, to: &str| {
        let found = edges.iter().find(|edge| edge["from"] == from && edge["to"] == to);
        let counts = ["pages", "credited", "dated", "tie", "undated"];
        found
            .map(|edge| (counts.map(|name| edge[name].as_u64().unwrap()), &edge["median_lag_days"]))
    };
    assert_eq!(edge("المرفأ", "الميناء"), Some(([1, 1, 0, 0, 0], &json!(0.0))), "credited");
    assert_eq!(edge("أ ف ب", "السنديان"), Some(([1, 1, 0, 0, 0], &Value::Null)), "an agency");
    assert_eq!(edge("المرفأ", "السنديان"), Some(([1, 0, 1, 0, 0], &json!(4.0))), "dated");
    assert_eq!(edge("السنديان", "المرفأ"), None);
    assert_eq!(edge("المرفأ", "الواحة"), Some(([2, 0, 0, 1, 0], &Value::Null)), "a tie");
    assert_eq!(edge("الشراع", "المرفأ"), Some(([1, 0, 0, 0, 1], &Value::Null)), "undated");
    assert_eq!(edges.len(), 11, "ten pairs of five outlets, and the agency");

    let outlets = lines(&place.path("RUN/outlets.jsonl"));
    let of = |name: &str| outlets.iter().find(|line| line["outlet"] == name).unwrap();
    assert_eq!(outlets.len(), 5);
    assert_eq!(of("المرفأ")["copied_out"], 2, "{}", of("المرفأ"));
    assert_eq!(of("السنديان")["copied_in"], 1);
    assert_eq!(of("الواحة")["pages"], 2);
    assert_eq!(outlets.iter().filter(|line| line["first"] == 1).count(), 0, "there is a tie");
    let removed: u64 = outlets.iter().map(|line| line["removed"].as_u64().unwrap()).sum();
    assert_eq!(removed, 5);
}

/// What a cluster says about two of its outlets.
#[derive(Default, Debug, PartialEq)]
struct Expected {
    clusters: u64,
    forward: u64,
    backward: u64,
    tie: u64,
    undated: u64,
}

#[test]
fn the_fixtures_edges_are_those_of_a_second_reading() {
    let place = Place::new();
    dedup(&place, "RUN", &[fixtures().join("pages")], &MatchConfig::default());
    let clusters = lines(&place.path("RUN/clusters.jsonl"));
    let mut expected: BTreeMap<(String, String), Expected> = BTreeMap::new();
    for cluster in clusters.iter().filter(|cluster| cluster["size"].as_u64().unwrap() > 1) {
        let mut first: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for member in cluster["members"].as_array().unwrap() {
            let Some(outlet) = member["outlet"].as_str() else { continue };
            let day = member["date"].as_str();
            let known = first.entry(outlet).or_insert(day);
            *known = match (*known, day) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        for (a, day) in &first {
            for (b, other) in first.iter().filter(|(b, _)| a < *b) {
                let pair = expected.entry(((*a).to_owned(), (*b).to_owned())).or_default();
                pair.clusters += 1;
                match day.zip(*other) {
                    None => pair.undated += 1,
                    Some((a, b)) if a < b => pair.forward += 1,
                    Some((a, b)) if a > b => pair.backward += 1,
                    Some(_) => pair.tie += 1,
                }
            }
        }
    }
    assert!(expected.len() > 10);
    let outlets = lines(&place.path("RUN/outlets.jsonl"));
    let known: BTreeSet<&str> = outlets.iter().filter_map(|line| line["outlet"].as_str()).collect();
    let edges = lines(&place.path("RUN/edges.jsonl"));
    let names: Vec<(&str, &str)> = edges
        .iter()
        .map(|edge| (edge["from"].as_str().unwrap(), edge["to"].as_str().unwrap()))
        .collect();
    assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]));
    let zero = Value::Null;
    let count = |from: &str, to: &str, name: &str| {
        let at = names.iter().position(|&pair| pair == (from, to));
        at.map_or(&zero, |at| &edges[at][name]).as_u64().unwrap_or(0)
    };
    let (mut plain, mut credited) = (0, 0);
    for ((a, b), pair) in &expected {
        let both = |name: &str| count(a, b, name) + count(b, a, name);
        assert_eq!(both("clusters"), pair.clusters, "{a} {b}");
        credited += both("credited");
        if both("credited") == 0 {
            plain += 1;
            let found = Expected {
                clusters: both("clusters"),
                forward: count(a, b, "dated"),
                backward: count(b, a, "dated"),
                tie: count(a, b, "tie"),
                undated: count(a, b, "undated"),
            };
            assert_eq!(&found, pair, "{a} {b}");
            assert_eq!(count(b, a, "tie") + count(b, a, "undated"), 0, "{a} {b}");
        }
    }
    assert!(plain > 5 && credited > 0, "{plain} pairs without a credit, {credited} credits");
    for (edge, (from, to)) in edges.iter().zip(&names) {
        let parts =
            ["credited", "dated", "tie", "undated"].map(|name| edge[name].as_u64().unwrap());
        assert_eq!(edge["clusters"].as_u64(), Some(parts.iter().sum()));
        assert!(known.contains(to), "{to}");
        let pair = ((*from).min(*to).to_owned(), (*from).max(*to).to_owned());
        assert!(expected.contains_key(&pair) || !known.contains(from) || edge["credited"] != 0);
    }
    let sum = |name: &str| outlets.iter().map(|line| line[name].as_u64().unwrap()).sum::<u64>();
    let ledger = &crate::support::json(&place.path("RUN/stats.json"))["ledger"];
    assert_eq!(
        sum("pages"),
        ledger["kept"].as_u64().unwrap() + ledger["removed"].as_u64().unwrap()
    );
    assert_eq!(sum("removed"), ledger["removed"].as_u64().unwrap());
}
