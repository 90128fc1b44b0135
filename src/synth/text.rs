//! Text that grows by short words: a word is copied whole, whatever its length, and cut to it.

/// Bytes of a row.
pub(super) const ROW: usize = 15;

/// A short word or literal in memory, of a size that is copied in one move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(16))]
pub(super) struct Row {
    bytes: [u8; ROW],
    /// Its bytes, twice; and 1 more if it is feminine.
    mark: u8,
}

impl Row {
    /// What is too long for a row.
    const LONG: Self = Self { bytes: [0; ROW], mark: u8::MAX };

    /// Keeps a word, or that it is too long.
    pub(super) fn new(word: &str, feminine: bool) -> Self {
        let mut bytes = [0; ROW];
        let Some(place) = bytes.get_mut(..word.len()) else { return Self::LONG };
        place.copy_from_slice(word.as_bytes());
        Self { bytes, mark: word.len() as u8 * 2 + u8::from(feminine) }
    }

    /// Whether the word is here.
    #[inline]
    pub(super) fn is_short(&self) -> bool {
        self.mark != Self::LONG.mark
    }

    /// Whether the word is feminine.
    #[inline]
    pub(super) fn feminine(&self) -> bool {
        self.mark & 1 == 1
    }
}

/// A letter of two bytes, as those of Arabic are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letter([u8; 2]);

impl Letter {
    /// Of a character; none if it has more bytes or fewer.
    pub(super) fn new(letter: char) -> Option<Self> {
        letter.encode_utf8(&mut [0; 4]).as_bytes().try_into().ok().map(Self)
    }
}

/// UTF-8 that is only ever added to by whole characters, and cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(Vec<u8>);

impl Text {
    /// Its bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, checked once more: that costs a thousandth of the making.
    pub(super) fn as_str(&self) -> &str {
        simdutf8::basic::from_utf8(&self.0).expect("whole characters")
    }

    /// Number of bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Starts anew.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Starts anew with so much memory at most.
    pub(super) fn shrink(&mut self, bytes: usize) {
        self.0.clear();
        self.0.shrink_to(bytes);
    }

    /// Adds a word that is short.
    #[inline(always)]
    pub(super) fn push_row(&mut self, row: &Row) {
        let length = self.0.len() + usize::from(row.mark / 2);
        self.0.extend_from_slice(&row.bytes);
        self.0.truncate(length);
    }

    /// Adds any text.
    pub(super) fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Adds another text.
    pub(super) fn push_text(&mut self, text: &Self) {
        self.0.extend_from_slice(&text.0);
    }

    /// Adds the lines of another text, set apart by `between`.
    pub(super) fn push_lines(&mut self, text: &Self, between: &str) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &text.0) {
            self.0.extend_from_slice(&text.0[start..end]);
            self.push_str(between);
            start = end + 1;
        }
        self.0.extend_from_slice(&text.0[start..]);
    }

    /// Adds texts one after the other.
    pub(super) fn extend<const N: usize>(&mut self, texts: [&str; N]) {
        for text in texts {
            self.push_str(text);
        }
    }

    /// Adds a character.
    pub(super) fn push(&mut self, letter: char) {
        self.push_str(letter.encode_utf8(&mut [0; 4]));
    }

    /// Adds a letter.
    #[inline]
    pub(super) fn push_letter(&mut self, letter: Letter) {
        self.0.extend_from_slice(&letter.0);
    }

    /// Adds a digit or another byte of ASCII.
    pub(super) fn push_ascii(&mut self, byte: u8) {
        self.0.push(byte & 0x7F);
    }

    /// Adds what stands in it already, from `start` on.
    pub(super) fn repeat(&mut self, start: usize, length: usize) {
        self.0.extend_from_within(start..start + length);
    }

    /// Whether it ends so.
    pub(super) fn ends_with(&self, end: &str) -> bool {
        self.0.ends_with(end.as_bytes())
    }

    /// Takes an end away; returns whether there was one.
    pub(super) fn cut(&mut self, end: &str) -> bool {
        let cut = self.ends_with(end);
        if cut {
            self.0.truncate(self.0.len() - end.len());
        }
        cut
    }

    /// Puts another letter in place of the one at `at`, if it is that; both have as many bytes.
    pub(super) fn replace_first(&mut self, at: usize, letter: char, by: char) {
        let (mut old, mut new) = ([0; 4], [0; 4]);
        let (old, new) = (letter.encode_utf8(&mut old), by.encode_utf8(&mut new));
        debug_assert_eq!(old.len(), new.len());
        if self.0[at..].starts_with(old.as_bytes()) {
            self.0[at..at + new.len()].copy_from_slice(new.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_at_their_length() {
        let mut text = Text::default();
        let longest = "ا".repeat(ROW / 2);
        for word in ["", "في", "مدينة", &longest] {
            let row = Row::new(word, word.ends_with('ة'));
            assert!(row.is_short() && row.feminine() == (word == "مدينة"));
            text.push_row(&row);
            text.push_ascii(b' ');
        }
        assert_eq!(text.as_str(), format!(" في مدينة {longest} "));
        assert!(!Row::new(&"ا".repeat(ROW / 2 + 1), false).is_short());
        assert!(text.cut(" ") && !text.cut(" ") && text.as_str().ends_with(&longest));
    }

    #[test]
    fn letters_of_arabic_have_two_bytes() {
        let mut text = Text::default();
        "اي".chars().for_each(|letter| text.push_letter(Letter::new(letter).unwrap()));
        assert_eq!((text.as_str(), Letter::new('a')), ("اي", None));
        text.replace_first(0, 'ي', 'ت');
        text.replace_first(2, 'ي', 'ت');
        assert_eq!(text.as_str(), "ات");
    }
}
