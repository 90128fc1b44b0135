//! The word rules that only `loose` has: the blessing of R9c, and R31–R33.

use super::Token;
use super::particles::Window;
use super::tables::BLESSING;

/// What `loose` does beyond its tables, if asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// R31.
    pub(super) drop_hamza: bool,
    /// R32.
    pub(super) strip_conjunctions: bool,
}

/// Rewrites the finished words of a text, given as bytes joined by single spaces.
pub(super) fn fold(
    options: Options,
    buffer: &mut Vec<u8>,
    tokens: &mut Vec<Token>,
    window: &mut Window,
) {
    let Window { text: old, tokens: old_tokens, .. } = window;
    old.clear();
    old.append(buffer);
    old_tokens.clear();
    old_tokens.append(tokens);
    let word = |token: &Token| &old[token.start as usize..token.end as usize];

    let mut at = 0;
    while at < old_tokens.len() {
        let blessing = old_tokens
            .get(at..at + BLESSING.len())
            .is_some_and(|row| row.iter().zip(BLESSING).all(|(t, b)| word(t) == b.as_bytes()));
        if blessing {
            at += BLESSING.len();
            continue;
        }
        let start = buffer.len();
        write_word(options, word(&old_tokens[at]), buffer);
        if buffer.len() > start {
            let (start, end) = (start as u32, buffer.len() as u32);
            tokens.push(Token { start, end, span: old_tokens[at].span });
            buffer.push(b' ');
        }
        at += 1;
    }
    buffer.pop();
}

/// Appends a word after R31, R32 and R33.
fn write_word(options: Options, word: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    if options.drop_hamza {
        let Ok(word) = std::str::from_utf8(word) else {
            return;
        };
        for part in word.split('ء') {
            out.extend_from_slice(part.as_bytes());
        }
    } else {
        out.extend_from_slice(word);
    }
    if options.strip_conjunctions {
        let letters = out[start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        let conjunction = ["و", "ف"].iter().any(|c| out[start..].starts_with(c.as_bytes()));
        if conjunction && letters >= 4 {
            out.drain(start..start + 2);
        }
    }
    shorten(out, start);
}

/// R33: leaves one of three or more equal Arabic letters in a row, from `start` on.
fn shorten(out: &mut Vec<u8>, start: usize) {
    let mut kept = start;
    let mut at = start;
    while at < out.len() {
        let width = if matches!(out[at], 0xD8..=0xDB) { 2 } else { 1 };
        let mut end = at + width;
        while width == 2 && out.get(end..end + 2) == Some(&out[at..at + 2]) {
            end += 2;
        }
        let keep = if end - at >= 6 { 2 } else { end - at };
        out.copy_within(at..at + keep, kept);
        kept += keep;
        at = end;
    }
    out.truncate(kept);
}
