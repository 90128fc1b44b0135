//! Lines that their signs and letters tell to be furniture: tags, copyrights, images and their captions,
//! links.

use super::cells::{Cell, Ending, Lead};
use super::credits::is_credit_line;
use super::places::{Sign, sign_after};
use super::{PageText, SegmentKind};
use crate::fold::hash_word;
use std::sync::LazyLock;

/// Most tags on a line of them.
const LINE_TAGS: usize = 30;
/// Most words of a line that begins with the sign of copyright.
const COPYRIGHT_WORDS: usize = 16;
/// Most words of the caption of a picture.
const CAPTION_WORDS: usize = 14;

/// What a line is by its signs: tags, a copyright, an image, or the caption of one.
pub(super) fn signed_line(page: &PageText<'_>, cell: &Cell) -> Option<SegmentKind> {
    match cell.lead {
        Lead::Bullet('#') => {
            let line = page.text.get(cell.start as usize..cell.end as usize)?;
            let mut tags =
                line.split_whitespace().filter(|part| part.chars().any(char::is_alphanumeric));
            let (mut count, mut tail) = (0, true);
            for part in tags.by_ref().take(2 * LINE_TAGS) {
                count += 1;
                tail &= part.trim_start_matches(['،', ',', '|', '-']).starts_with('#');
            }
            (tail && (2..=LINE_TAGS).contains(&count)).then_some(SegmentKind::Keywords)
        }
        Lead::Bullet('©') if cell.words() <= COPYRIGHT_WORDS => Some(SegmentKind::Promo),
        _ if is_image(page, cell) || is_caption(page, cell) => Some(SegmentKind::Other),
        _ => None,
    }
}

/// Whether a line is an image as it is written down in Markdown.
fn is_image(page: &PageText<'_>, cell: &Cell) -> bool {
    page.text.as_bytes()[cell.start as usize..].starts_with(b"![")
}

/// Whether the last line of a page is an address on the web: its own. Below a colon it is what the story
/// links to.
pub(super) fn links_to_itself(page: &PageText<'_>, before: &Cell, last: &Cell) -> bool {
    let line = page.text.get(last.start as usize..last.end as usize).unwrap_or("").trim();
    before.ending != Ending::Colon
        && (line.starts_with("http://") || line.starts_with("https://"))
        && !line.contains(char::is_whitespace)
}

/// Whether a short line says who took the picture above it.
fn is_caption(page: &PageText<'_>, cell: &Cell) -> bool {
    static PICTURE: LazyLock<u64> = LazyLock::new(|| hash_word("تصوير".as_bytes()));
    if cell.words() > CAPTION_WORDS {
        return false;
    }
    let (first, last) = (cell.first as usize, cell.last as usize);
    let picture = page.folded.hashes()[first..last].iter().position(|hash| *hash == *PICTURE);
    picture.is_some_and(|at| sign_after(page, first + at) == Sign::Colon)
        && !is_credit_line(page, cell.first, cell.last)
}
