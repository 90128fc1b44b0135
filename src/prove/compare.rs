//! Two pages of a run, side by side.

use serde::Serialize;

use super::pages::Pages;
use crate::error::Result;
use crate::fold::Folder;
use crate::pages::PageId;
use crate::passage::PassageScratch;
use crate::verify::{Comparison, FoldedText, Judge, Relation};
use crate::write::similarity;

/// A page, and what of it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageText {
    /// Page id.
    pub id: String,
    /// Its title and story, or all of it. Spans of the comparison are bytes of this.
    pub text: String,
    /// Bytes of the page's text that are left out: what stands around the story.
    pub left_out: usize,
}

/// Two pages, side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedPages {
    /// The first page.
    pub a: PageText,
    /// The second page.
    pub b: PageText,
    /// How the run's settings decide about their stories.
    pub relation: Relation,
    /// Whether they are copies of each other by these settings.
    pub accepted: bool,
    /// Exact Jaccard similarity of their stories.
    pub jaccard: f64,
    /// Share of the shingles of the first that the second has.
    pub a_in_b: f64,
    /// Share of the shingles of the second that the first has.
    pub b_in_a: f64,
    /// The texts, run by run.
    pub comparison: Comparison,
}

impl Pages {
    /// Lays two pages side by side: their stories, or with `whole` everything on them.
    ///
    /// # Errors
    /// When there is no such page (the nearest ids are named), or a record cannot be read again.
    pub fn compare(&self, a: &str, b: &str, whole: bool) -> Result<ComparedPages> {
        let (a, b) = (self.expect(a)?, self.expect(b)?);
        let maker = self.maker();
        let verifier = self.verifier(&maker);
        let pair = verifier.scored(a, b, true, &mut verifier.cache())?;
        let (left, right) = (self.text(a, whole)?, self.text(b, whole)?);
        let folder = Folder::new(self.run().matching.fold);
        let (fold_a, fold_b) = (folder.fold(&left.text), folder.fold(&right.text));
        let comparison = Judge::new(self.frequencies()).compare(
            FoldedText { text: &left.text, folded: &fold_a },
            FoldedText { text: &right.text, folded: &fold_b },
        );
        let score = pair.score;
        Ok(ComparedPages {
            a: left,
            b: right,
            relation: pair.relation,
            accepted: pair.accepted(),
            jaccard: similarity(score.jaccard()),
            a_in_b: similarity(score.a_in_b()),
            b_in_a: similarity(score.b_in_a()),
            comparison,
        })
    }

    fn text(&self, page: PageId, whole: bool) -> Result<PageText> {
        let record = self.record(page)?;
        let maker = if whole { self.maker().of_whole_pages() } else { self.maker() };
        let pieces = maker.story_pieces(&record, &mut PassageScratch::default());
        let told: usize = pieces.iter().map(|piece| piece.len()).sum();
        let field = pieces.first().filter(|first| Some(**first) == record.title.as_deref());
        let from_text = told - field.map_or(0, |field| field.len());
        let lines: Vec<&str> = pieces.iter().map(|piece| piece.trim()).collect();
        Ok(PageText {
            id: self.id(page)?,
            text: lines.join("\n"),
            left_out: record.text.len().saturating_sub(from_text),
        })
    }
}
