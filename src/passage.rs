//! Passages: the words of a page that are compared.
//!
//! In: a page's record. Out: the folded words of its story. A passage can be made again from its
//! record at any time, so no text is kept. Cost: that of folding.

use crate::fold::{Folded, Folder};
use crate::read::PageRecord;

/// Buffers for making stories, kept from page to page.
#[derive(Clone, Debug, Default)]
pub struct StoryScratch {
    title: Folded,
    text: Folded,
    story: Folded,
}

impl StoryScratch {
    /// The story made last.
    pub fn story(&self) -> &Folded {
        &self.story
    }
}

/// Makes the story of a page: its title and its text.
#[derive(Clone, Debug)]
pub struct StoryMaker {
    folder: Folder,
}

impl StoryMaker {
    /// Stories folded by `folder`.
    pub fn new(folder: Folder) -> Self {
        Self { folder }
    }

    /// The folded story of `page`. A title that stands in its field and again at the head of the
    /// text counts once; a title without a text is no story, and the result is empty.
    pub fn story<'s>(&self, page: &PageRecord<'_>, scratch: &'s mut StoryScratch) -> &'s Folded {
        let StoryScratch { title, text, story } = scratch;
        self.folder.fold_into(&page.text, text);
        story.clear();
        if text.is_empty() {
            return story;
        }
        if let Some(field) = page.title.as_deref().filter(|field| !field.is_empty()) {
            self.folder.fold_into(field, title);
            if !text.hashes().starts_with(title.hashes()) {
                story.append(title, 0..title.len());
            }
        }
        story.append(text, 0..text.len());
        story
    }
}

/// Words that cannot end a sentence, in standard folding: prepositions, relatives, conjunctions.
const NEVER_LAST: [&str; 26] = [
    "في",
    "من",
    "الي",
    "علي",
    "عن",
    "مع",
    "ان",
    "التي",
    "الذي",
    "الذين",
    "بين",
    "حول",
    "خلال",
    "ضد",
    "لدي",
    "منذ",
    "قبل",
    "بعد",
    "حتي",
    "او",
    "ثم",
    "لكن",
    "حيث",
    "كما",
    "تحت",
    "وفي",
];

/// Whether a text breaks off: it ends in an ellipsis, or in a word that cannot end a sentence
/// (a preposition, a relative pronoun), as teasers and pages cut by length do.
pub fn breaks_off(text: &str, folded: &Folded) -> bool {
    let end = text.trim_end();
    if end.ends_with('…') || end.ends_with("...") {
        return true;
    }
    let last = folded.len().checked_sub(1).map(|last| folded.word(last));
    // A word that closes a sentence is followed by its full stop.
    end.ends_with(char::is_alphanumeric) && last.is_some_and(|word| NEVER_LAST.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Profile;

    fn story(title: Option<&str>, text: &str) -> String {
        let page = PageRecord {
            title: title.map(Into::into),
            text: text.into(),
            ..PageRecord::default()
        };
        let maker = StoryMaker::new(Folder::new(Profile::Standard));
        maker
            .story(&page, &mut StoryScratch::default())
            .text()
            .to_owned()
    }

    #[test]
    fn a_title_counts_once() {
        assert_eq!(story(Some("عنوان أول"), "نص الخبر"), "عنوان اول نص الخبر");
        assert_eq!(
            story(Some("عنوان أول"), "عنوان اول\nنص الخبر"),
            "عنوان اول نص الخبر"
        );
        assert_eq!(story(None, "نص الخبر"), "نص الخبر");
        assert_eq!(
            story(Some("كاريكاتير"), " \n"),
            "",
            "a headline over a picture"
        );
    }

    #[test]
    fn a_text_that_breaks_off_is_seen() {
        let folder = Folder::new(Profile::Standard);
        let breaks = |text: &str| breaks_off(text, &folder.fold(text));
        assert!(breaks("قال الوزير إن الاجتماع سيعقد في"));
        assert!(breaks("قال الوزير إن الاجتماع…"));
        assert!(breaks("قال الوزير ..."));
        assert!(!breaks("قال الوزير إن الاجتماع سيعقد غدا."));
        assert!(!breaks("قال الوزير إن الاجتماع سيعقد غدا"));
        assert!(!breaks("هذا ما يبحث عنه."));
        assert!(!breaks(""));
    }
}
