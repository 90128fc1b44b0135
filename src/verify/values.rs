//! The values of numbers, in digits or written out.
//!
//! In: the number words of a text in order. Out: the numbers they name. Does not: know which words are
//! numbers.

/// Reads number words as they add up: `two hundred, five and thirty`.
pub(super) struct Values {
    done: Vec<u64>,
    open: Option<u64>,
}

impl Values {
    /// None yet, in memory whose old content goes.
    pub(super) fn in_memory(mut done: Vec<u64>) -> Self {
        done.clear();
        Self { done, open: None }
    }

    /// A number that is written out.
    pub(super) fn numeral(&mut self, value: u16) {
        let value = u64::from(value);
        self.open = Some(match self.open {
            Some(open) if value == 1000 => open.saturating_mul(1000),
            Some(open @ 3..=9) if value == 100 => open * 100,
            Some(open)
                if open % 1000 == 0
                    || open % 100 == 0 && value < 100
                    || (1..10).contains(&(open % 100)) && (10..100).contains(&value) =>
            {
                open.saturating_add(value)
            }
            open => {
                self.done.extend(open);
                value
            }
        });
    }

    /// A number in digits. One too long for a value stands for itself by its last digits.
    pub(super) fn figure(&mut self, digits: &str) {
        self.end();
        let value = digits.bytes().fold(0_u64, |value, digit| {
            value.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
        });
        self.open = Some(value);
    }

    /// A word that is no number.
    pub(super) fn end(&mut self) {
        self.done.extend(self.open.take());
    }

    /// All of them.
    pub(super) fn done(mut self) -> Vec<u64> {
        self.end();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_words_add_up() {
        let values = |numerals: &[u16]| {
            let mut values = Values::in_memory(vec![7]);
            for &value in numerals {
                values.numeral(value);
            }
            values.done()
        };
        assert_eq!(values(&[200, 5, 30]), [235]);
        assert_eq!(values(&[6, 1000]), [6000]);
        assert_eq!(values(&[3, 4]), [3, 4]);
    }

    #[test]
    fn no_number_is_too_large() {
        let mut values = Values::in_memory(Vec::new());
        values.figure("18446744073709551000");
        values.numeral(800);
        assert_eq!(values.done(), [u64::MAX]);
    }
}
