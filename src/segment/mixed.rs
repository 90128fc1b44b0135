//! Runs of short lines that other pages have too, each page in an order of its own: ingredients, conditions
//! of a job, names, verses, the lines of a table. Furniture comes in one order; what does not is told here.

use super::cells::{Ending, Lead};
use super::looked::following_key;
use super::pieces::{Label, Piece};
use super::repeats::LEAST_PAGES;
use super::{PageText, SegmentKind};

/// Most words of a line of such a run, and of one with a label.
const LINE_WORDS: usize = 14;
const LABELED_WORDS: usize = 25;
/// Fewest lines in which the order is another one than on other pages; the same in a table, which labels tell.
const LEAST_LOOSE: usize = 3;
const LEAST_LABELED: usize = 2;
/// Words of a line on average from which on a run is rather a list of titles.
const LIST_WORDS: usize = 6;
/// Most words of a heading, and fewest of a title below it that no other page has: with them another story
/// or a list begins.
const HEADING_WORDS: usize = 4;
const TITLE_WORDS: usize = 5;
/// Most words of a line on average where the run may be the tags of a story, or the cells of a box beside it.
const TAG_WORDS: usize = 2;
/// Fewest lines with a question or a colon right above a paragraph that belong to it.
const LEAST_LEADING: usize = 2;
/// Fewest questions between paragraphs that make a page an interview.
const LEAST_QUESTIONS: usize = 2;

/// For every piece below the title, whether it is a line of the page's own though other pages have it.
pub(super) fn own_lines(page: &PageText<'_>, pieces: &[Piece]) -> Vec<bool> {
    let mut own = vec![false; pieces.len()];
    let title = pieces.iter().position(|p| p.label == Label::Line(SegmentKind::Title));
    let mut at = match title {
        Some(title) => title + 1,
        None => pieces.iter().position(Piece::prose).unwrap_or(pieces.len()),
    };
    let prose = |n: usize| pieces.get(n).is_some_and(Piece::prose);
    let mut questions = Vec::new();
    while at < pieces.len() {
        let from = at;
        at += pieces[from..].iter().take_while(|p| is_line(page, p)).count();
        let run = &pieces[from..at];
        if run.is_empty() {
            at += 1;
            continue;
        }
        if let Some(lines) = own_run(page, run, prose(at)) {
            own[from + lines.start..from + lines.end].fill(true);
        }
        own_items(run, &mut own[from..at]);
        let leads = |p: &Piece| p.cell.ending == Ending::Colon || asks(page, p);
        let introduced = run.iter().rev().take_while(|p| leads(p)).count();
        if prose(at) && run.last().is_some_and(|p| p.cell.ending == Ending::Colon) {
            // What is asked, and the words before the answer.
            own[at - introduced..at].iter_mut().for_each(|own| *own |= introduced >= LEAST_LEADING);
        }
        if run.len() == 1 && from > 0 && prose(from - 1) && prose(at) && asks(page, &run[0]) {
            questions.push(from);
        }
    }
    if questions.len() >= LEAST_QUESTIONS {
        for n in questions {
            own[n] = true;
        }
    }
    own
}

/// Adds the items of a list right below items of the same form that no other page has.
fn own_items(run: &[Piece], own: &mut [bool]) {
    for (n, pair) in run.windows(2).enumerate() {
        let [above, p] = pair else { continue };
        let new = own[n] || above.fact.pages < LEAST_PAGES;
        own[n + 1] |= new && p.cell.lead != Lead::None && p.cell.lead == above.cell.lead;
    }
}

/// Whether a piece may be a line of such a run. Labels in another script are a site's.
fn is_line(page: &PageText<'_>, p: &Piece) -> bool {
    let foreign = || {
        page.folded.word(p.cell.content() as usize).starts_with(|c: char| c.is_ascii_alphabetic())
    };
    let short = p.words() <= LINE_WORDS && p.cell.ending != Ending::Stop;
    p.label == Label::Text
        && !p.joined
        && !p.known
        && !p.goes_on
        && (short || (is_labeled(p) && p.words() <= LABELED_WORDS))
        && !(is_labeled(p) && foreign())
}

/// Whether other pages have the label of a line with other words after it.
fn is_labeled(p: &Piece) -> bool {
    p.tag.pages >= LEAST_PAGES && p.fact.pages < p.tag.pages
}

/// Whether a line ends in a question mark.
fn asks(page: &PageText<'_>, p: &Piece) -> bool {
    let line = &page.text[p.cell.start as usize..p.cell.end as usize];
    line.trim_end().ends_with(['؟', '?'])
}

/// Whether a run begins with the heading of a title that no other page has, of several, or of one with prose
/// below it.
fn heads(run: &[Piece], prose: bool) -> bool {
    let [p, next, rest @ ..] = run else {
        return false;
    };
    let titled =
        |p: &Piece, words: usize| p.words() >= words && p.cell.lead == Lead::None && !is_labeled(p);
    let listed = |after: &Piece| titled(next, LIST_WORDS) && titled(after, LIST_WORDS);
    p.fact.pages >= LEAST_PAGES
        && p.words() <= HEADING_WORDS
        && p.cell.lead == Lead::None
        && !is_labeled(p)
        && titled(next, TITLE_WORDS)
        && (next.fact.pages < LEAST_PAGES || rest.first().map_or(prose, listed))
}

/// Which lines of a run are the page's own, if any: from the first to the last that are in another order on
/// other pages, where these are more than those in the same order.
fn own_run(page: &PageText<'_>, run: &[Piece], prose: bool) -> Option<std::ops::Range<usize>> {
    let hashes = page.folded.hashes();
    let label = |p: &Piece| hashes[p.cell.content() as usize];
    let heads = (0..run.len()).find(|&n| heads(&run[n..], prose));
    let run = &run[..heads.unwrap_or(run.len())];
    let (mut loose, mut fixed, mut least) = (0, 0, LEAST_LOOSE);
    let (mut first, mut last) = (None, 0);
    for (n, pair) in run.windows(2).enumerate() {
        let [p, next] = pair else { continue };
        let is_loose = if is_labeled(p) {
            least = LEAST_LABELED;
            label(p) != label(next)
        } else if p.fact.pages >= LEAST_PAGES {
            !p.fact.leads_to(following_key(page, &next.cell))
        } else {
            continue;
        };
        if is_loose {
            loose += 1;
            first = first.or(Some(n));
            last = n + 2;
        } else {
            fixed += 1;
        }
    }
    let lines = first?..last;
    let (mut words, mut titles, mut unlabeled) = (0, 0, 0);
    for p in &run[lines.clone()] {
        words += p.words();
        if !is_labeled(p) {
            titles += p.words();
            unlabeled += 1;
        }
    }
    let list = unlabeled > 0 && titles >= LIST_WORDS * unlabeled;
    let plain = |p: &Piece| p.cell.lead == Lead::None && p.cell.ending != Ending::Colon;
    let tags = words <= TAG_WORDS * lines.len() && run[lines.clone()].iter().all(plain);
    (loose >= least && loose > fixed && !tags && !list).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::SegmentKind::{Body, Other, Title};
    use crate::segment::MarkerTable;
    use crate::segment::anatomy::{
        CHESS, HARBOR, HARBOR_MORE, LIBRARY, OLIVES, archive, check_with, line, segment,
    };

    /// Every page's own paragraph: no two pages have three words in a row.
    fn prose(seed: usize) -> String {
        let words: Vec<String> =
            (0..45).map(|i| format!("كلام{}", (seed * 977 + i * i * 13 + 7) % 4999)).collect();
        format!("{}.\n", words.join(" "))
    }

    /// Some of these lines, on every page others in another order.
    fn drawn<'a>(lines: &[&'a str], page: usize, count: usize) -> Vec<&'a str> {
        let step = [1, 3, 5, 7][page % 4];
        (0..count).map(|n| lines[(page * 3 + page / 4 + n * step) % lines.len()]).collect()
    }

    /// Cuts all pages, and hands over what of each is its body.
    fn bodies(pages: &[String]) -> Vec<String> {
        let repeats = archive(pages);
        let body = |text: &String| {
            let out = segment(None, text, Some(&repeats), &MarkerTable::default());
            let own = out.segments.iter().filter(|s| s.kind == Body || s.kind == Title);
            own.map(|s| &text[s.span.range()]).collect()
        };
        pages.iter().map(body).collect()
    }

    /// Checks that all lines from the title to the list of other stories are the page's own.
    fn all_own(name: &str, pages: &[String]) {
        for (text, body) in pages.iter().zip(bodies(pages)) {
            let own = text.split("اقرأ أيضا").next().unwrap_or(text);
            assert_eq!(body, own, "{name}");
        }
    }

    const END: &str = "اقرأ أيضا\nعنوان بعيد عن كل ما هنا\nعنوان ثان بعيد عنه أيضا\n";

    #[test]
    fn plans_of_knitting_keep_their_stitches() {
        let wool = [
            "كبة صوف أزرق",
            "إبرتان قياس أربعة",
            "مقص صغير",
            "خيط قطني متين",
            "أزرار خشبية",
            "شريط قياس",
            "دبوس أمان كبير",
            "قماش للبطانة",
            "إبرة خياطة",
        ];
        let steps = [
            "نبدأ بثمانين غرزة على الإبرة",
            "ننسج الكم حتى المرفق",
            "نقلب القطعة ونعيد الصف",
            "ننقص غرزة من كل جانب",
            "نترك فتحة للأزرار",
            "نخيط الجانبين معا",
            "نكوي القطعة بالبخار",
        ];
        for count in [5, 9, 16] {
            let page = |n: usize| {
                let steps: Vec<String> = (1..)
                    .zip(drawn(&steps, n, 5))
                    .map(|(k, step)| format!("{k}. {step}"))
                    .collect();
                format!(
                    "وشاح الشتاء رقم {n} بخيوط بسيطة\n{}لوازم العمل\n{}\nخطوات العمل\n{}\n{END}",
                    prose(n),
                    drawn(&wool, n, 6).join("\n"),
                    steps.join("\n")
                )
            };
            all_own("knitting", &(0..count).map(page).collect::<Vec<_>>());
        }
    }

    #[test]
    fn verses_and_names_in_another_order() {
        let verses = [
            "يا نهر خذني بعيدا",
            "والليل يمضي على مهل",
            "من يشتري صبري بحفنة قمح",
            "هذا الطريق يعرفني ولا أعرفه",
            "أمي تخبز والنهار يدور",
            "لا تسألوا الموج عنا",
        ];
        let page = |n: usize| {
            format!(
                "قصيدة النهر رقم {n} للشاعر\n{}{}\n{END}",
                prose(n),
                drawn(&verses, n, 4).join("\n")
            )
        };
        all_own("verses", &(0..14).map(page).collect::<Vec<_>>());
        let names = [
            "سالم البحري",
            "هدى العامري",
            "ناصر الوادي",
            "ليلى الكرمي",
            "راشد الهضيب",
            "منى الصافي",
        ];
        let page = |n: usize| {
            format!(
                "بيان الأهالي رقم {n} حول السد\n{}الموقعون:\n{}\n{END}",
                prose(n),
                drawn(&names, n, 5).join("\n")
            )
        };
        all_own("names", &(0..14).map(page).collect::<Vec<_>>());
    }

    #[test]
    fn tables_whose_labels_other_pages_have() {
        let page = |n: usize| {
            format!(
                "دراجة جديدة من طراز رقم {n}\n{}مواصفات الدراجة\nالوزن: {} كيلوغراما\nالسرعات: {}\nاللون: {}\nالضمان: {} أشهر\n{END}",
                prose(n),
                9 + n % 7,
                5 + n % 4,
                ["أحمر", "أخضر", "أسود"][n % 3],
                6 * (1 + n % 3)
            )
        };
        all_own("bicycles", &(0..13).map(page).collect::<Vec<_>>());
        let year = |n: usize, k: usize| {
            let text: String = prose(100 * n + k).split_inclusive(' ').take(12).collect();
            format!("{}: {text}\n", 1990 + 4 * k)
        };
        let years = |n: usize| (0..5).map(|k| year(n, k)).collect::<Vec<_>>().concat();
        let page = |n: usize| {
            format!("تاريخ النادي رقم {n} في سطور\n{}أهم السنوات\n{}{END}", prose(n), years(n))
        };
        all_own("years", &(0..13).map(page).collect::<Vec<_>>());
    }

    #[test]
    fn questions_that_are_asked_again() {
        let asked = [
            "كيف بدأت الرحلة؟",
            "من علمك هذه الحرفة؟",
            "ماذا تقول للشباب؟",
            "متى تعود إلى القرية؟",
        ];
        let page = |n: usize| {
            let talk: Vec<String> = (1..)
                .zip(drawn(&asked, n, 3))
                .map(|(k, q)| format!("{q}\n{}", prose(50 * n + k)))
                .collect();
            format!("حديث مع صاحب الحرفة رقم {n}\n{}{}", prose(n), talk.concat())
        };
        all_own("interviews", &(0..12).map(page).collect::<Vec<_>>());
        let page = |n: usize| {
            format!(
                "رسالة القارئ رقم {n} إلى المهندس\nالسؤال:\nهل يصلح سقف {}؟\nالجواب:\nشكرا على رسالتك، وبعد:\n{}",
                ["الخشب", "القش", "الطين"][n % 3],
                prose(n)
            )
        };
        all_own("letters", &(0..12).map(page).collect::<Vec<_>>());
    }

    #[test]
    fn furniture_in_one_order_is_still_cut() {
        let footer = "حملوا برنامجنا المجاني\nأرسلوا صوركم إلينا\nعن الصحيفة\nشروط الاستخدام\n";
        let page = |n: usize| format!("عنوان القصة رقم {n} في المدينة\n{}{footer}", prose(n));
        let pages: Vec<String> = (0..12).map(page).collect();
        let repeats = archive(&pages);
        check_with(
            "footer",
            None,
            Some(&repeats),
            &MarkerTable::none(),
            &[
                (Title, "قطار الساحل يعود إلى العمل\n"),
                (Body, HARBOR),
                (Body, HARBOR_MORE),
                (Other, footer),
            ],
        );
        // Tags are drawn from a few words too.
        let tags = ["الميناء", "الزيتون", "الشطرنج", "المكتبة", "السوق", "القطار", "المطر"];
        let page = |n: usize| {
            format!(
                "عنوان القصة رقم {n} في المدينة\n{}{}\n",
                prose(n),
                drawn(&tags, n, 4).join("\n")
            )
        };
        let pages: Vec<String> = (0..12).map(page).collect();
        for (text, body) in pages.iter().zip(bodies(&pages)) {
            assert!(body.len() + 12 < text.len(), "{body}");
        }
    }

    #[test]
    fn a_line_amid_the_story_is_furniture_in_any_place() {
        let promo = "اشتركوا في نشرتنا الصباحية مجانا";
        let mut pages: Vec<String> = (0..12)
            .map(|n| {
                let lines = [prose(n), prose(n + 50), prose(n + 90)];
                let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let promo = line(promo);
                lines.insert(1 + n % 2, &promo);
                format!("عنوان القصة رقم {n} في المدينة\n{}", lines.concat())
            })
            .collect();
        pages.push(format!("{}{OLIVES}{CHESS}{LIBRARY}", line("أخبار متفرقة من القرى")));
        for body in bodies(&pages) {
            assert!(!body.contains(promo), "{body}");
        }
    }
}
