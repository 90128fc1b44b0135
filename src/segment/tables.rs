//! Tables with one cell on a line: temperatures, standings, prices. They are what a bulletin is about,
//! and all their small numbers and names stand on other pages too.

use super::PageText;
use super::cells::Ending;
use super::pieces::{Label, Piece};
use super::places::is_number;

/// Most words of a cell.
const CELL_WORDS: usize = 6;
/// Most cells without a number in a row, and most lines of the heads of columns.
const GAP: usize = 4;
/// Fewest rows: lines with words and numbers, or words with lines of numbers below.
const LEAST_ROWS: usize = 3;

/// For every piece, whether it is a cell of a table that makes up most lines of the page. A smaller one
/// may be a box that a site shows beside every story.
pub(super) fn own_tables(page: &PageText<'_>, pieces: &[Piece]) -> Vec<bool> {
    let cell = |p: &Piece| {
        p.label == Label::Text && p.words() <= CELL_WORDS && p.cell.ending != Ending::Stop
    };
    let numbers = |p: &Piece| {
        let words = p.cell.first as usize..p.cell.last as usize;
        words.filter(|&word| is_number(page.folded, word)).count()
    };
    let lines = pieces.iter().filter(|p| p.label == Label::Text).count();
    let mut found = vec![false; pieces.len()];
    let mut at = 0;
    while at < pieces.len() {
        let from = at;
        let (mut rows, mut last, mut before) = (0, None, 0);
        while let Some(p) = pieces.get(at).filter(|p| cell(p)) {
            let (words, numbers) = ((p.cell.last - p.cell.first) as usize, numbers(p));
            if 2 * numbers >= words {
                let named = numbers < words || (at > from && last != at.checked_sub(1));
                rows += usize::from(named);
                last = Some(at);
                before = 0;
            } else if before == GAP {
                break;
            } else {
                before += 1;
            }
            at += 1;
        }
        match last {
            Some(last) if rows >= LEAST_ROWS && 2 * (last + 1 - from) >= lines => {
                found[from..=last].fill(true);
            }
            _ => {}
        }
        at = at.max(from + 1);
    }
    found
}
