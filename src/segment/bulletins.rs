//! Bulletins whose lines come again every day, in an archive of such: tests with invented sentences.

use super::SegmentKind::{Body, Other, Title};
use super::anatomy::{CHESS, HARBOR, LIBRARY, OLIVES, Part, archive, check_with};
use super::*;

/// Paragraphs that pages have, so that they are not copies of one another.
const PARAGRAPHS: [&str; 4] = [HARBOR, OLIVES, CHESS, LIBRARY];

/// Twelve pages.
fn daily(page: impl Fn(usize) -> String) -> Vec<String> {
    (0..12).map(page).collect()
}

/// A paragraph that no other page has.
fn told(day: usize) -> String {
    let words = (0..20).map(|n| format!("كلمة{} ", day * 20 + n));
    format!("{}{}", words.collect::<String>(), PARAGRAPHS[day % PARAGRAPHS.len()])
}

#[test]
fn the_table_of_a_bulletin_is_its_own() {
    let cities = ["السدرة", "المرفأ", "الواحة", "التل", "السهل الغربي"];
    let title = |day: usize| format!("درجات الحرارة يوم {day} من الشهر\n");
    let table = |day: usize| -> String {
        let row = |(n, city)| format!("{city}\n{}\n{}\n", 30 + (day + n) % 5, 20 + (day * n) % 5);
        let rows: String = cities.iter().enumerate().map(row).collect();
        format!("المدينة\nالعظمى\nالصغرى\n{rows}")
    };
    let pages = daily(|day| format!("{}{}{}", title(day), told(day), table(day)));
    let repeats = archive(&pages);
    let markers = MarkerTable::default();
    let own = format!("{}{}", told(3), table(3));
    check_with("own", None, Some(&repeats), &markers, &[(Title, &title(3)), (Body, &own)]);
    // Below a long story the same is a box of the site.
    let story = |n: usize| {
        let lines = (0..30).map(|at| told(100 + 40 * n + at));
        (format!("خبر آخر عن المدينة رقم {n}\n"), lines.collect::<String>())
    };
    let (title, body) = story(1);
    let box_of_site = table(3);
    let parts: [Part<'_>; 3] = [(Title, &title), (Body, &body), (Other, &box_of_site)];
    check_with("a box", None, Some(&repeats), &markers, &parts);
}

#[test]
fn the_newspapers_of_a_review_are_no_headings() {
    let papers = ["النهار الجديد", "صوت المرفأ", "بريد السدرة", "الواحة"];
    let title = |day: usize| format!("عناوين الصحف في اليوم {day} من الشهر\n");
    // The news of the day, of which other pages tell.
    let news = |n: usize| -> String {
        let words: Vec<String> = (0..7).map(|at| format!("عنوان{}", 1000 + 7 * n + at)).collect();
        words.join(" ")
    };
    let items = |day: usize| -> String {
        let paper = |(n, paper)| format!("{paper}: {}\n", news(day * 4 + n));
        papers.iter().enumerate().map(paper).collect()
    };
    let mut pages = daily(|day| format!("{}{}", title(day), items(day)));
    pages.extend((0..48).map(|n| format!("{}\n{}", news(n), told(n))));
    let repeats = archive(&pages);
    let own = items(5);
    let parts = [(Title, &*title(5)), (Body, &own)];
    check_with("a review", None, Some(&repeats), &MarkerTable::default(), &parts);
    let lines: String = own.replace(": ", "\n- ");
    let pages: Vec<String> = pages.iter().map(|page| page.replace(": ", "\n- ")).collect();
    let repeats = archive(&pages);
    let parts = [(Title, &*title(5)), (Body, &lines)];
    check_with("in lines", None, Some(&repeats), &MarkerTable::default(), &parts);
}
