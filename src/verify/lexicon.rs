//! Closed lists of words that mean nothing, or the same, when two texts are compared.
//!
//! In: the hash of a folded word. Out: its [`Class`]. Cost: one look into a fixed table. Does not:
//! know names, places or any open class of words; those are told by their rarity.

use std::sync::LazyLock;

use crate::fold::{Folder, Profile};

/// What kind of word it is, as far as closed lists can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Class {
    /// In no list.
    #[default]
    Open,
    /// A day, yesterday, next: the next day's paper changes it in the same text.
    Date,
    /// A day of the week, from 0.
    Weekday(u8),
    /// A month, an era, the hour: the numbers beside it are a date.
    Calendar,
    /// A title of honor or courtesy: one outlet writes it, another does not.
    Honorific,
    /// Agencies, papers, and the words of credits and link lines.
    Credit,
    /// Particles and words of reporting, which any editor exchanges.
    Function,
    /// A number written out; its value.
    Numeral(u16),
}

impl Class {
    /// Whether a word of this class says nothing about which story it is.
    pub fn is_idle(self) -> bool {
        matches!(
            self,
            Self::Date | Self::Weekday(_) | Self::Calendar | Self::Honorific | Self::Credit
        )
    }
}

const DATES: &str = "\
    أمس اليوم غدا الغد يوم صباح مساء فجر ظهر عصر ليل ليلة الليلة الجاري الحالي الماضي المنصرم \
    الفائت القادم المقبل الأول أول";

/// Forms of one day stand side by side.
const WEEKDAYS: [&str; 7] =
    ["السبت", "الأحد", "الاثنين الإثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة"];

const CALENDAR: &str = "\
    الموافق الساعة \
    يناير فبراير مارس أبريل إبريل مايو يونيو يونيه يوليو يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر \
    كانون شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين الثاني \
    جانفي فيفري أفريل ماي جوان جويلية أوت غشت شتنبر نونبر دجنبر \
    محرم صفر ربيع جمادى رجب شعبان رمضان شوال هـ م";

const HONORIFICS: &str = "\
    الدكتور الدكتورة دكتور د الأستاذ الأستاذة أستاذ أ المهندس مهندس م الشيخ شيخ السيد السيدة سيد \
    صاحب صاحبة السمو سمو سموه سموها الملكي الملكية الأمير الأميرة أمير معالي معاليه سعادة سعادته \
    فضيلة فضيلته سماحة سماحته فخامة فخامته جلالة جلالته دولة العميد اللواء العقيد الفريق الرائد \
    النقيب المقدم الملازم البروفيسور المستشار الأخ آل حفظه حفظهما حفظهم رعاه يرحمه رحمه الله \
    أيده المفدى الشقيق الشقيقة الشقيقين الصديق الصديقة الصديقين";

const CREDITS: &str = "\
    واس رويترز أفب فرانس برس الفرنسية دبأ الألمانية أب أسوشيتد أسوشييتد الأسوشيتد أشأ وام كونا \
    بنا قنا سبأ سانا بترا وفا الأناضول شينخوا نوفوستي سبوتنيك تاس إرنا يونهاب بلومبرغ بلومبيرغ \
    وكالة وكالات الوكالات الأنباء صحيفة جريدة متابعات متابعة رابط الخبر المصدر مصدر سمات وسوم \
    الوسوم انتهى تحرير خاص مراسل مراسلنا تصوير صورة";

const FUNCTION: &str = "\
    في من إلى على عن مع حتى منذ خلال بعد قبل عند لدى بين ضمن حول تحت فوق أمام خلف أثناء بشأن ضد \
    عبر نحو ما ماذا من الذي التي الذين اللذين اللتين اللواتي هذا هذه ذلك تلك هؤلاء هو هي هم هما \
    أن إن لأن بأن كأن لكن لكنه إذ إذا حيث حين حينما عندما كما مما فيما بينما حسبما بعدما قبلما \
    أو أم ثم قد لقد سوف لم لن لا ليس ليست غير سوى إلا كان كانت كانوا يكون تكون وقد أي أيضا كل \
    كافة جميع بعض عدد عدة أحد إحدى له لها لهم به بها بهم فيه فيها فيهم منه منها منهم عليه عليها \
    عليهم إليه إليها إليهم عنه عنها لديه لديها معه معها \
    قال قالت يقول تقول أكد أكدت أوضح أوضحت أضاف أضافت أشار أشارت ذكر ذكرت أفاد أفادت بين بينت \
    لفت لفتت أعلن أعلنت كشف كشفت صرح صرحت نوه نوهت شدد شددت أعرب أعربت عبر عبرت تابع تابعت \
    مؤكدا مشيرا لافتا مضيفا موضحا مبينا منوها مشددا معربا معبرا بحسب وفق وفقا وذلك هنا هناك \
    بالإضافة إضافة بمناسبة تم يتم جرى يجري";

/// Numbers that are written out, ordinals too, with their values; forms of one number stand side by
/// side. `First` and `second` are words of dates and of prose.
const NUMERALS: [(&str, u16); 28] = [
    ("واحد واحدة حادي حادية", 1),
    ("اثنان اثنين اثنتان اثنتين", 2),
    ("ثلاث ثلاثة ثالث ثالثة", 3),
    ("أربع أربعة رابع رابعة", 4),
    ("خمس خمسة خامس خامسة", 5),
    ("ست ستة سادس سادسة", 6),
    ("سبع سبعة سابع سابعة", 7),
    ("ثمان ثماني ثمانية ثامن ثامنة", 8),
    ("تسع تسعة تاسع تاسعة", 9),
    ("عشر عشرة عاشر عاشرة", 10),
    ("عشرون عشرين", 20),
    ("ثلاثون ثلاثين", 30),
    ("أربعون أربعين", 40),
    ("خمسون خمسين", 50),
    ("ستون ستين", 60),
    ("سبعون سبعين", 70),
    ("ثمانون ثمانين", 80),
    ("تسعون تسعين", 90),
    ("مائة مئة", 100),
    ("مائتان مائتين مئتان مئتين", 200),
    ("ثلاثمائة ثلاثمئة", 300),
    ("أربعمائة أربعمئة", 400),
    ("خمسمائة خمسمئة", 500),
    ("ستمائة ستمئة", 600),
    ("سبعمائة سبعمئة", 700),
    ("ثمانمائة ثمانمئة", 800),
    ("تسعمائة تسعمئة", 900),
    ("ألف آلاف", 1000),
];

/// Letters that are written onto a word; all listed words are known with them as well.
const PROCLITICS: [&str; 6] = ["", "و", "ف", "ب", "ل", "ك"];

/// Twice the entries and more: a look ends after a slot or two.
const SLOT_BITS: u32 = 14;

struct Table {
    slots: Vec<(u64, Class)>,
    /// A bit for every slot that is taken: most words end here, next to the core.
    taken: Vec<u64>,
}

impl Table {
    fn slot(word: u64) -> usize {
        (word >> (u64::BITS - SLOT_BITS)) as usize
    }

    /// Enters a word unless it is there: what is entered first stays.
    fn enter(&mut self, word: u64, class: Class) {
        let mut at = Self::slot(word);
        while self.slots[at].1 != Class::Open {
            if self.slots[at].0 == word {
                return;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = (word, class);
        self.taken[at / 64] |= 1 << (at % 64);
    }

    fn look(&self, word: u64) -> Class {
        let mut at = Self::slot(word);
        if self.taken[at / 64] >> (at % 64) & 1 == 0 {
            return Class::Open;
        }
        loop {
            let (hash, class) = self.slots[at];
            if hash == word || class == Class::Open {
                return class;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let folder = Folder::new(Profile::Standard);
    let (slots, taken) = (vec![(0, Class::Open); 1 << SLOT_BITS], vec![0; (1 << SLOT_BITS) / 64]);
    let mut table = Table { slots, taken };
    let lists = [
        (DATES, Class::Date),
        (CALENDAR, Class::Calendar),
        (FUNCTION, Class::Function),
        (HONORIFICS, Class::Honorific),
        (CREDITS, Class::Credit),
    ];
    let numerals = NUMERALS.iter().map(|&(words, value)| (words, Class::Numeral(value)));
    let weekdays = (0..).zip(WEEKDAYS).map(|(day, words)| (words, Class::Weekday(day)));
    let lists: Vec<_> = weekdays.chain(lists).chain(numerals).collect();
    // Bare words first: `ben` with a proclitic may look like a listed word without one.
    for proclitic in PROCLITICS {
        for &(words, class) in &lists {
            for word in words.split_whitespace() {
                if !proclitic.is_empty() && word.chars().count() < 3 {
                    continue;
                }
                let bare = format!("{proclitic}{word}");
                let glued = match word.strip_prefix("ال") {
                    Some(rest) if proclitic == "ل" => format!("لل{rest}"),
                    Some(_) => bare.clone(),
                    None => format!("{proclitic}ال{word}"),
                };
                for form in [&bare, &glued] {
                    if let [hash] = folder.fold(form).hashes() {
                        table.enter(*hash, class);
                    }
                }
            }
        }
    }
    table
});

/// The class of a word by its hash in the standard fold.
pub fn class(word: u64) -> Class {
    TABLE.look(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str) -> Class {
        class(Folder::new(Profile::Standard).fold(word).hashes()[0])
    }

    #[test]
    fn listed_words_are_known_with_what_is_written_onto_them() {
        assert_eq!(of("أمس"), Class::Date);
        assert_eq!(of("والأحد"), Class::Weekday(1));
        assert_eq!(of("للجمعة"), Class::Weekday(6));
        assert_eq!([of("خميس"), of("جمعة")], [Class::Open; 2]);
        assert_eq!(of("أغسطس"), Class::Calendar);
        assert_eq!(of("للدكتور"), Class::Honorific);
        assert_eq!(of("عشرة"), Class::Numeral(10));
        assert_eq!(of("والعاشرة"), Class::Numeral(10));
        assert_eq!(of("رويترز"), Class::Credit);
        assert_eq!(of("وأوضح"), Class::Function);
        assert_eq!(of("زعفران"), Class::Open);
    }

    #[test]
    fn the_table_is_roomy() {
        let taken = TABLE.slots.iter().filter(|(_, class)| *class != Class::Open).count();
        assert!(taken * 2 < TABLE.slots.len(), "{taken} of {}", TABLE.slots.len());
        for (at, &(word, class)) in TABLE.slots.iter().enumerate() {
            let is_taken = TABLE.taken[at / 64] >> (at % 64) & 1 == 1;
            assert_eq!(is_taken, class != Class::Open);
            assert!(!is_taken || TABLE.look(word) == class);
        }
    }
}
