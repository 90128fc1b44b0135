//! Families of pages with known relations, made of sentences of our own.

use super::differences::Kind;
use super::judge::{Judge, StoryText};
use super::relation::{Judgement, Relation, Rule};
use crate::fold::{Folded, Folder, Profile};
use crate::frequency::{Counts, Frequencies};

/// A small fixed generator (Steele, Lea, Flood 2014): the families are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn word(&mut self, of: &'static str) -> &'static str {
        let all: Vec<&str> = of.split_whitespace().collect();
        all[self.roll(all.len())]
    }

    fn person(&mut self) -> String {
        let own = self.word(GIVEN);
        // No one is called by his father's name: a difference would be half a difference.
        let fathers = std::iter::repeat_with(|| self.word(GIVEN)).find(|&name| name != own);
        format!("{own} {} {}", fathers.unwrap_or(own), self.word(FAMILY))
    }
}

const GIVEN: &str = "مازن رائد لقمان هيثم زياد نضال غسان جلال عصام قصي مروان وائل ثامر أيهم صهيب عدنان \
    معتصم بشار رامز تيسير";
const FAMILY: &str = "الدروبي الشهابي القبلان النعسان الزرعوني المصاروة الطويرقي البرغوثاني الكيلاوي \
    الحمداوي العرجاني السنباطي الدغيشي الرفيداني الخوالدي المهايرة الصقعوبي البلوشاني التميماوي الجنيدي";
const COUNTRIES: &str = "سمرلاند توراندا كالديفا مورافيستان بلغاريستا زنداريا ألتورا نوفارينا كرمانيا \
    دلمانيا فيرونا تارسوس غرينادا بوليفاريا هلسنتا";
const TOWNS: &str = "الرملية العوسجية النخيلات الصفيراء المرقابية الوديعات الجوزاء الخزامية الينبوعية \
    الحصاينة السدرية الغديرات الكثيبية الطلحاوية العقيقات";
const COMPANIES: &str = "ركاز أديم سنابل مدارك قوافل نماء فيروز إعمارنا مرافئ بواسق صروح ديمة";

fn telegram(dice: &mut Dice) -> String {
    let (president, country) = (dice.person(), dice.word(COUNTRIES));
    format!(
        "القيادة تهنئ رئيس {country} بذكرى اليوم الوطني\n\
         بعث قائد البلاد برقية تهنئة إلى فخامة الرئيس {president} رئيس جمهورية {country} بمناسبة ذكرى \
         اليوم الوطني لبلاده. وأعرب باسمه واسم شعب البلاد وحكومتها عن أصدق التهاني وأطيب التمنيات \
         بالصحة والسعادة لفخامته ولشعب {country} الصديق مزيدا من التقدم والازدهار، مشيدا بما يجمع \
         البلدين من علاقات متينة يحرص الجانبان على تنميتها في المجالات كافة. كما بعث نائبه برقية \
         مماثلة إلى فخامة الرئيس {president} عبر فيها عن تمنياته لشعب {country} بدوام الرخاء.",
    )
}

fn weather(dice: &mut Dice) -> String {
    let (town, other, third) = (dice.word(TOWNS), dice.word(TOWNS), dice.word(TOWNS));
    let sky = dice.word("غائما صافيا ماطرا مغبرا");
    let (high, low, wind) = (30 + dice.roll(19), 10 + dice.roll(19), 8 + dice.roll(60));
    format!(
        "طقس {sky} على {town} اليوم\n\
         توقع مركز الرصد في تقريره عن حالة الطقس لهذا اليوم أن يكون الجو {sky} على منطقة {town} وأن \
         تتأثر الرؤية الأفقية في {other} بالأتربة المثارة، فيما تبلغ درجة الحرارة العظمى {high} \
         درجة والصغرى {low} درجة. وتكون الرياح السطحية على {third} شمالية شرقية إلى شمالية بسرعة \
         {wind} كيلومترا في الساعة، ويكون البحر خفيف الموج إلى متوسط الموج، ودعا المركز مرتادي \
         الطرق في {town} إلى توخي الحذر ومتابعة ما يصدر عنه من نشرات.",
    )
}

fn market(dice: &mut Dice) -> String {
    let (up, down) = (dice.word(COMPANIES), dice.word(COMPANIES));
    let (points, close, volume, deals) = (
        20 + dice.roll(180),
        6000 + dice.roll(3000),
        2 + dice.roll(90),
        40_000 + dice.roll(90_000),
    );
    let (risen, fallen) = (20 + dice.roll(90), 20 + dice.roll(90));
    format!(
        "المؤشر يغلق عند {close} نقطة\n\
         أغلق مؤشر سوق الأوراق المالية تعاملاته اليوم مرتفعا {points} نقطة ليقف عند مستوى {close} نقطة، \
         وسط تداولات بلغت قيمتها {volume} مليونا عبر {deals} صفقة. وارتفعت أسهم {risen} شركة يتقدمها سهم \
         {up}، فيما تراجعت أسهم {fallen} شركة كان أكثرها خسارة سهم {down}، وأغلقت أسهم بقية الشركات دون \
         تغير عن إقفالها السابق، وجاء قطاع المصارف في صدارة القطاعات الأكثر نشاطا من حيث القيمة.",
    )
}

fn game(dice: &mut Dice) -> String {
    let (home, away, scorer, second) =
        (dice.word(TOWNS), dice.word(TOWNS), dice.person(), dice.person());
    let (goals, minute, later, points) =
        (2 + dice.roll(4), 3 + dice.roll(40), 46 + dice.roll(44), 7 + dice.roll(60));
    format!(
        "{home} يهزم {away}\n\
         فاز فريق {home} على ضيفه فريق {away} بنتيجة {goals} أهداف لهدف في المباراة التي جمعت الفريقين \
         مساء اليوم ضمن الجولة الحالية من دوري الدرجة الممتازة. وافتتح {scorer} التسجيل لأصحاب الأرض في \
         الدقيقة {minute} بتسديدة قوية من خارج المنطقة، قبل أن يعزز {second} النتيجة في الدقيقة \
         {later} بعد تمريرة متقنة. ورفع الفائز رصيده بهذه النتيجة إلى {points} نقطة في سلم الترتيب.",
    )
}

fn execution(dice: &mut Dice) -> String {
    let (killer, victim, town) = (dice.person(), dice.person(), dice.word(TOWNS));
    format!(
        "تنفيذ حكم القتل قصاصا في أحد الجناة بمنطقة {town}\n\
         أصدرت الوزارة اليوم بيانا بشأن تنفيذ حكم القتل قصاصا في أحد الجناة بمنطقة {town} جاء فيه: أقدم \
         {killer} على قتل {victim} وذلك بضربه بآلة حادة إثر خلاف حصل بينهما. وتمكنت الجهات الأمنية من \
         القبض على الجاني {killer} وأسفر التحقيق معه عن توجيه الاتهام إليه بارتكاب جريمته، وبإحالته إلى \
         المحكمة صدر بحقه صك يقضي بثبوت ما نسب إليه والحكم عليه بالقتل قصاصا، وأيد الحكم من مرجعه. وتم \
         تنفيذ الحكم في الجاني {killer} بمنطقة {town}.",
    )
}

fn fold(text: &str) -> Folded {
    Folder::new(Profile::Standard).fold(text)
}

fn archive(pages: &[Folded]) -> Frequencies {
    let mut counts = Counts::new(pages.len());
    for page in pages {
        counts.add(page.hashes());
    }
    Frequencies::new(counts, 10)
}

fn judge(frequencies: &Frequencies, a: &str, b: &str) -> Judgement {
    let (a, b) = (fold(a), fold(b));
    Judge::new(frequencies).judge(StoryText { folded: &a }, StoryText { folded: &b })
}

/// Pairs of 200 pages of a formula that are judged copies: each page with every other.
fn copies_in_family(formula: fn(&mut Dice) -> String) -> Vec<String> {
    let mut dice = Dice(7);
    let texts: Vec<String> = (0..200).map(|_| formula(&mut dice)).collect();
    let pages: Vec<Folded> = texts.iter().map(|text| fold(text)).collect();
    let frequencies = archive(&pages);
    let mut judge = Judge::new(&frequencies);
    let mut copies = Vec::new();
    for i in 0..200 {
        for j in i + 1..200 {
            let judgement =
                judge.judge(StoryText { folded: &pages[i] }, StoryText { folded: &pages[j] });
            if judgement.relation == Relation::Copy {
                copies.push(format!("{judgement:?}\n{}\n{}", texts[i], texts[j]));
            }
        }
    }
    copies
}

#[test]
fn one_formula_with_other_facts_is_no_copy() {
    let families = [telegram, weather, market, game, execution];
    for (family, formula) in families.into_iter().enumerate() {
        let copies = copies_in_family(formula);
        assert!(copies.is_empty(), "family {family}: {} copies: {}", copies.len(), copies[0]);
    }
}

#[test]
fn two_telegrams_outside_any_archive_are_no_copy() {
    let known = Frequencies::built_in();
    for (formula, seed) in [telegram, market, game, execution].into_iter().zip(1..) {
        for seed in (seed..500).step_by(5) {
            let mut dice = Dice(seed);
            let (a, b) = (formula(&mut dice), formula(&mut dice));
            let judgement = judge(&known, &a, &b);
            assert_ne!(judgement.relation, Relation::Copy, "{judgement:?}\n{a}\n{b}");
        }
    }
}

#[test]
fn a_number_counts_where_it_stands() {
    let report = |points: u32, level: u32| {
        format!(
            "أغلق مؤشر السوق تعاملاته مرتفعا {points} نقطة عند مستوى {level} وبلغت قيمة التداولات نحو {points} \
             مليونا وعدد الأسهم المتداولة {level} مليون سهم نفذت في جلسة اليوم من خلال {points} ألف صفقة \
             وتصدر قطاع المصارف القطاعات الأكثر نشاطا من حيث القيمة"
        )
    };
    // The number that both have stands for other things: nothing that one says holds for the other.
    let judgement = judge(&Frequencies::built_in(), &report(508, 93), &report(153, 508));
    assert_eq!(judgement.rule, Rule::OtherNumbers, "{}", judgement.reason());
}

#[test]
fn numbers_in_words_are_the_numbers_they_name() {
    let figures = "تقام المباراة الختامية من المرحلة الـ37 للدوري في ملعب المدينة بحضور 13 فريقا مدعوا، وقرر \
        الاتحاد تغريم من يتأخر 250 دينارا ومنح الفائز 41,882 دينارا وإيفاد 6000 مشجع إلى دورة العام المقبل";
    let words = "تقام المباراة الختامية من المرحلة السابعة والثلاثين للدوري في ملعب المدينة بحضور ثلاثة عشر فريقا \
        مدعوا، وقرر الاتحاد تغريم من يتأخر مائتين وخمسين دينارا ومنح الفائز 41882 دينارا وإيفاد ستة آلاف \
        مشجع إلى دورة العام المقبل";
    let judgement = judge(&Frequencies::built_in(), figures, words);
    assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
    assert_eq!(judgement.evidence.own_numbers, [0, 0]);
    let other = words.replace("السابعة والثلاثين", "السابعة والعشرين").replace("ثلاثة عشر", "تسعة");
    let judgement = judge(&Frequencies::built_in(), figures, &other);
    assert_eq!(judgement.evidence.changed[Kind::Number as usize], 2, "{}", judgement.reason());
}

/// A story of invented sentences about one subject; `subject` sets names, numbers and order.
fn story(subject: u64, sentences: usize) -> Vec<String> {
    let mut dice = Dice(subject);
    let who = dice.person();
    let whats = "افتتح دشن رعى تفقد ناقش استعرض أطلق وقع أقر راجع";
    let things = "مشروع برنامج ملتقى معرض مركز مصنع خطة مبادرة دراسة اتفاقية";
    let ofs = "المياه النقل الزراعة التعليم الصيد الآثار النخيل الألبان السياحة الطاقة الغابات";
    let ends = [
        "بعد أن أنهت اللجنة المشرفة عملها الذي دام شهورا",
        "وسط حضور لافت من الأهالي والمهتمين",
        "مبديا رضاه عما أنجزته الفرق العاملة حتى الآن",
        "على أن يبدأ العمل به مطلع العام المقبل",
        "وهو ما عده المراقبون خطوة طال انتظارها",
        "من غير أن يكشف عن كلفته النهائية",
        "داعيا القطاع الخاص إلى المشاركة فيه",
    ];
    (0..sentences)
        .map(|_| {
            format!(
                "{} {who} في {} {} {} {} الذي تبلغ مساحته {} مترا {}.",
                dice.word(whats),
                dice.word(TOWNS),
                dice.word(things),
                dice.word(ofs),
                dice.word(COMPANIES),
                100 + dice.roll(9000),
                ends[dice.roll(ends.len())],
            )
        })
        .collect()
}

#[test]
fn day_words_digits_honorifics_and_hamza_change_nothing() {
    let a = "وزير النقل يدشن جسر الوديعات\n\
        دشن معالي الوزير الدكتور مازن الدروبي أمس الأحد 12 أغسطس جسر الوديعات الجديد الذي أنشئ على \
        ضفتي الوادي بطول 1450 مترا، وأوضح الشيخ لقمان النعسان رئيس البلدية أن الجسر سيخدم نحو 30 ألف \
        مسافر في اليوم وأن العمل فيه استغرق 26 شهرا. وأضاف أن إدارة الطرق أعدت خطة لصيانته كل ثلاث \
        سنوات، وأن الإضاءة تعمل بالطاقة الشمسية، مؤكدا أن أهالي الوديعات انتظروا هذا الجسر طويلا بعد \
        أن جرف السيل الجسر القديم قبل أعوام وقطع الطريق إلى السوق والمدرسة.";
    let b = "وزير النقل يدشن جسر الوديعات\n\
        دشن الوزير م. مازن الدروبي اليوم الاثنين ١٣ أغسطس (آب) جسر الوديعات الجديد الذي انشئ على ضفتي \
        الوادي بطول ١٤٥٠ متراً، وأوضح لقمان النعسان رئيس البلدية ان الجسر سيخدم نحو ٣٠ الف مسافر في \
        اليوم وان العمل فيه استغرق ٢٦ شهراً. واضاف ان ادارة الطرق اعدت خطة لصيانته كل ٣ سنوات، وان \
        الاضاءة تعمل بالطاقة الشمسية، مؤكداً ان اهالي الوديعات انتظروا هذا الجسر طويلاً بعد ان جرف \
        السيل الجسر القديم قبل اعوام وقطع الطريق الى السوق والمدرسة.";
    let judgement = judge(&Frequencies::built_in(), a, b);
    assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
}

#[test]
fn a_digest_contains_its_stories_and_copies_none() {
    let stories: Vec<String> = (1..=5).map(|s| story(s, 6).join(" ")).collect();
    let digest = format!("نشرة المساء\n{}", stories.join("\n"));
    for story in &stories {
        let judgement = judge(&Frequencies::built_in(), story, &digest);
        assert_eq!(judgement.relation, Relation::Contains, "{}", judgement.reason());
        let judgement = judge(&Frequencies::built_in(), &digest, story);
        assert_eq!(judgement.relation, Relation::Contains, "{}", judgement.reason());
    }
    for other in &stories[1..] {
        let judgement = judge(&Frequencies::built_in(), &stories[0], other);
        assert!(!matches!(judgement.relation, Relation::Copy | Relation::Contains));
    }
}

#[test]
fn an_update_with_half_its_text_new_is_no_copy() {
    for subject in 20..40 {
        let old = story(subject, 8);
        let news = [telegram, weather, market, game, execution];
        let new = news[subject as usize % news.len()](&mut Dice(subject));
        let update = format!("{new} {}", old[..4].join(" "));
        let judgement = judge(&Frequencies::built_in(), &old.join(" "), &update);
        assert_eq!(judgement.relation, Relation::Update, "{}", judgement.reason());
    }
}

#[test]
fn cut_tails_added_leads_and_moved_paragraphs_are_copies() {
    for subject in 60..80 {
        let sentences = story(subject, 12);
        let whole = sentences.join(" ");
        let cut = sentences[..9].join(" ");
        let led = format!("مدينة الورد - وكالات: {whole} (وكالات)");
        let moved = format!("{} {}", sentences[6..].join(" "), sentences[..6].join(" "));
        for other in [cut, led, moved] {
            let judgement = judge(&Frequencies::built_in(), &whole, &other);
            assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
        }
    }
}

#[test]
fn titles_are_decided_with_care() {
    let known = Frequencies::built_in();
    let relation = |a, b| judge(&known, a, b).relation;
    let title = "وزير النقل يدشن جسر الوديعات الجديد بحضور الأهالي";
    assert_eq!(relation(title, "وزير النقل يدشن جسر الوديعات الجديد بحضور الاهالى"), Relation::Copy);
    assert_eq!(relation(title, "وزير الزراعة يفتتح معرض التمور في السدرية"), Relation::None);
    assert_ne!(
        relation(
            "البلدية تغرم 30 منشأة مخالفة في الوديعات",
            "البلدية تغرم 23 منشأة مخالفة في الوديعات"
        ),
        Relation::Copy
    );
    assert_eq!(relation("", ""), Relation::None);
    assert_eq!(relation("", title), Relation::None);
}

#[test]
fn the_order_of_the_two_does_not_count() {
    let known = Frequencies::built_in();
    let mut dice = Dice(3);
    for _ in 0..50 {
        let (a, b) = (weather(&mut dice), weather(&mut dice));
        let (there, back) = (judge(&known, &a, &b), judge(&known, &b, &a));
        assert_eq!((there.relation, there.rule), (back.relation, back.rule));
        assert_eq!(there.evidence.own_numbers[0], back.evidence.own_numbers[1]);
        assert_eq!(there.reason(), back.reason());
    }
}

#[test]
fn two_digests_with_stories_in_common_are_no_copies() {
    let mut dice = Dice(11);
    let mut story = || invented(&mut dice, 240);
    let (first, second, third, fourth) = (story(), story(), story(), story());
    let frequencies = Frequencies::built_in();
    let folder = Folder::new(Profile::Standard);
    let judged = |a: &str, b: &str| {
        let (a, b) = (folder.fold(a), folder.fold(b));
        Judge::new(&frequencies).judge(StoryText { folded: &a }, StoryText { folded: &b })
    };
    let two = judged(&format!("{first}{second}{third}"), &format!("{second}{fourth}{first}"));
    assert_eq!((two.relation, two.rule), (Relation::Update, Rule::NewsOfItsOwn), "{two:?}");
    assert_eq!(two.evidence.own_stretch, [240; 2]);
    assert!(two.evidence.stretch_own.iter().all(|&own| own > 0.9), "{two:?}");
    assert!(two.reason().contains("240 words in a row"), "{}", two.reason());
    // What only the longer adds is its background.
    let longer = judged(&format!("{first}{second}"), &format!("{first}{second}{third}"));
    assert_ne!(longer.rule, Rule::NewsOfItsOwn);
}

/// Words of no language, so that what two texts have in common is chance.
fn invented(dice: &mut Dice, words: usize) -> String {
    let letters: Vec<char> = "بتجحدرسصطعفقكلمنهي".chars().collect();
    let mut word = |_| -> String {
        let word = (0..5).map(|_| letters[dice.roll(letters.len())]);
        word.chain([' ']).collect()
    };
    (0..words).map(&mut word).collect::<Vec<_>>().concat()
}

#[test]
fn a_story_pasted_below_others_makes_no_copies() {
    let known = Frequencies::built_in();
    let mut dice = Dice(5);
    let pasted = invented(&mut dice, 160);
    for words in [15, 30, 60, 90] {
        let (one, two) = (invented(&mut dice, words), invented(&mut dice, words));
        let (above, other) = (format!("{one}{pasted}"), format!("{two}{pasted}"));
        let judgement = judge(&known, &above, &pasted);
        assert_eq!(judgement.relation, Relation::Contains, "{}", judgement.reason());
        let judgement = judge(&known, &above, &other);
        assert_eq!(judgement.relation, Relation::Update, "{}", judgement.reason());
        assert_eq!(judgement.rule, Rule::OtherOpening);
        assert!(judgement.reason().contains(&format!("{words} words about something else")));
        // The page that was pasted from may be longer: the brief above it stands nowhere else.
        let whole = format!("{pasted}{}", invented(&mut dice, 200));
        let judgement = judge(&known, &above, &whole);
        assert_eq!(judgement.relation, Relation::Update, "{}", judgement.reason());
    }
    // A new headline or a line of an agency is no story of its own.
    let led = format!("{}{pasted}", invented(&mut dice, 9));
    assert_eq!(judge(&known, &led, &pasted).relation, Relation::Copy);
}

/// A notice whose towns, streets and names are common words where it stands.
fn outage(town: &str, plot: usize, dice: &mut Dice) -> String {
    let (street, day) = (dice.person(), dice.word("السبت الأحد الاثنين الثلاثاء الأربعاء"));
    let (from, to) = (6 + dice.roll(5), 12 + dice.roll(6));
    format!(
        "فصل المياه عن أحياء في {town}\n\
         تعلن مصلحة المياه عن فصل المياه يوم {day} القادم عن أحياء من {town} بدءا من السادسة وحتى {to} \
         وذلك لإصلاح خط ناقل. ويشمل الفصل شارع {street} والمخطط {plot} وما حول البئر {from}. وتعتذر \
         المصلحة للمشتركين وتأمل منهم خزن ما يكفيهم.",
    )
}

#[test]
fn a_form_filled_in_with_common_words_is_no_copy() {
    let mut dice = Dice(21);
    // Every name of the notices stands on many pages that are none.
    let mut pages: Vec<Folded> = Vec::new();
    for _ in 0..400 {
        let names: Vec<String> =
            (0..6).map(|_| format!("{} {}", dice.person(), dice.word(TOWNS))).collect();
        pages.push(fold(&names.join(" ")));
    }
    let known = archive(&pages);
    let towns = TOWNS.split_whitespace().zip(11..);
    let notices: Vec<String> = towns.map(|(town, plot)| outage(town, plot, &mut dice)).collect();
    for (i, a) in notices.iter().enumerate() {
        for b in &notices[i + 1..] {
            let judgement = judge(&known, a, b);
            assert_ne!(judgement.relation, Relation::Copy, "{}\n{a}\n{b}", judgement.reason());
        }
    }
    // An editor who words one of them anew has copied it.
    let edited = notices[0].replace("تعلن مصلحة المياه عن", "أعلنت مصلحة المياه أمس عن");
    assert_eq!(judge(&known, &notices[0], &edited).relation, Relation::Copy);
}
