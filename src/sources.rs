//! Who published a page, and whom its text credits.
//!
//! In: a page and its parts, while they are at hand. Out: the outlet of every page and the names
//! that its source lines and agency credits give, as numbers of a table of names. Cost: four bytes
//! a page and eight a credit.

use std::collections::HashMap;

use crate::processor::fetch;
use crate::read::PageRecord;
use crate::segment::Segments;

const NONE: u32 = u32::MAX;

/// Outlets and credits of pages, numbered as they were pushed.
#[derive(Debug, Default)]
pub struct Sources {
    names: Vec<String>,
    outlet: Vec<u32>,
    /// Page and name, pages ascending.
    credits: Vec<(u32, u32)>,
    numbers: HashMap<String, u32>,
}

impl Sources {
    /// Adds the next page: its outlet (field or folder, else its last source line) and its credits.
    pub fn push(&mut self, page: &PageRecord<'_>, segments: &Segments) {
        let text = |span: crate::types::ByteSpan| page.text.get(span.range()).map(str::trim);
        let outlet = page.outlet.as_deref().or_else(|| segments.outlet.and_then(text));
        // Pages of an outlet mostly follow one another.
        let last = self.outlet.last().copied().filter(|&last| last != NONE);
        let number = match (outlet, last) {
            (Some(name), Some(last)) if self.name(last) == name => last,
            (Some(name), _) => self.number(name),
            (None, _) => NONE,
        };
        let page_number = self.outlet.len() as u32;
        self.outlet.push(number);
        let first = self.credits.len();
        let credited = segments.credited.iter().filter_map(|&span| text(span));
        for name in credited.filter(|name| !name.is_empty()) {
            let credit = (page_number, self.number(name));
            if !self.credits[first..].contains(&credit) {
                self.credits.push(credit);
            }
        }
    }

    /// Adds the pages of `part` after those that are here.
    pub fn append(&mut self, part: &Self) {
        let base = self.outlet.len() as u32;
        let numbers: Vec<u32> = part.names.iter().map(|name| self.number(name)).collect();
        let moved = |&name: &u32| if name == NONE { NONE } else { numbers[name as usize] };
        self.outlet.extend(part.outlet.iter().map(moved));
        let credits = part.credits.iter();
        self.credits.extend(credits.map(|&(page, name)| (base + page, numbers[name as usize])));
    }

    /// Forgets all pages.
    pub fn clear(&mut self) {
        self.names.clear();
        self.outlet.clear();
        self.credits.clear();
        self.numbers.clear();
    }

    /// Number of pages.
    pub fn len(&self) -> usize {
        self.outlet.len()
    }

    /// Whether there is no page.
    pub fn is_empty(&self) -> bool {
        self.outlet.is_empty()
    }

    /// The number of a page's outlet, if it is known.
    pub fn outlet(&self, page: u32) -> Option<u32> {
        Some(self.outlet[page as usize]).filter(|&name| name != NONE)
    }

    /// Asks for what [`outlet`](Self::outlet) looks at, before it is needed.
    pub(crate) fn fetch_outlet(&self, page: u32) {
        fetch(&self.outlet, page as usize);
    }

    /// The name of a page's outlet, if it is known.
    pub fn outlet_name(&self, page: u32) -> Option<&str> {
        self.outlet(page).map(|name| self.name(name))
    }

    /// Numbers of the names that a page credits, each once, in the order of the text.
    pub fn credits(&self, page: u32) -> impl Iterator<Item = u32> + '_ {
        let from = self.credits.partition_point(|credit| credit.0 < page);
        self.credits[from..].iter().take_while(move |credit| credit.0 == page).map(|c| c.1)
    }

    /// A name by its number.
    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    /// All names, by number.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use crate::passage::{PassageMaker, PassageScratch};
    use crate::segment::{MarkerTable, Segmenter};

    /// Sources of pages of an outlet and a text.
    fn sources(pages: &[(Option<&str>, &str)]) -> Sources {
        let markers = MarkerTable::default();
        // Names are found whatever the stories are folded by.
        let maker = PassageMaker::stories(Profile::Strict, Segmenter::new(&markers, None));
        let mut scratch = PassageScratch::default();
        let mut sources = Sources::default();
        for &(outlet, text) in pages {
            let page = PageRecord {
                outlet: outlet.map(Into::into),
                text: text.into(),
                ..PageRecord::default()
            };
            maker.make(&page, &mut scratch);
            sources.push(&page, scratch.segments());
        }
        sources
    }

    fn credited(sources: &Sources, page: u32) -> Vec<&str> {
        sources.credits(page).map(|name| sources.name(name)).collect()
    }

    const PROSE: &str = "أعلنت الوزارة اليوم أنها ستبدأ العمل بالنظام الجديد في جميع المدن.";

    #[test]
    fn source_lines_and_agencies_are_credits_and_mentions_are_not() {
        let sourced = format!("عنوان الخبر\n{PROSE}\nالمصدر: صحيفة المرفأ\n");
        let agency = format!("القاهرة - أ ف ب: {PROSE} {PROSE}");
        let mention = format!("ذكرت وكالة رويترز أن الأسعار ارتفعت. {PROSE}");
        let found =
            sources(&[(None, &sourced), (Some("الميناء"), &agency), (Some("الواحة"), &mention)]);
        assert_eq!(found.outlet_name(0), Some("صحيفة المرفأ"));
        assert_eq!(credited(&found, 0), ["صحيفة المرفأ"]);
        assert_eq!(found.outlet_name(1), Some("الميناء"));
        assert_eq!(credited(&found, 1), ["أ ف ب"]);
        assert!(credited(&found, 2).is_empty());
        assert!(!Folder::new(Profile::Standard).fold("أ ف ب").is_empty());
    }

    #[test]
    fn parts_are_joined_under_one_table_of_names() {
        let (mut all, more) = (
            sources(&[(Some("أ"), PROSE), (None, PROSE)]),
            sources(&[(Some("ب"), PROSE), (Some("أ"), &format!("(رويترز) - {PROSE}"))]),
        );
        all.append(&more);
        let outlets: Vec<_> = (0..4).map(|page| all.outlet_name(page)).collect();
        assert_eq!(outlets, [Some("أ"), None, Some("ب"), Some("أ")]);
        assert_eq!(credited(&all, 3), ["رويترز"]);
        assert_eq!(all.names().len(), 3);
    }
}
