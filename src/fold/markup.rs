//! What is left of HTML in a text (rule R4): character entities and tags.

use super::entities::NAMES;
use super::layer::Layer;
use memchr::{memchr, memchr_iter, memchr2};

/// Rounds of entity decoding: `&amp;quot;` is common, a third round never is.
pub(super) const ROUNDS: usize = 2;

/// Longest inside of a tag, in characters.
pub(super) const TAG_CHARS: usize = 200;

/// Most characters between `&` and `;`. The longest name has eight; numbers may have leading zeros.
pub(super) const ENTITY_CHARS: usize = 10;

/// A layer for each round, and one for tags.
pub(super) type Markup = [Layer; ROUNDS + 1];

/// Decodes entities, then turns tags into spaces; layer by layer in `layers`.
///
/// Tells whether anything changed. Linear, and two scans for a byte when there is nothing to do.
pub(super) fn decode(text: &str, layers: &mut Markup) -> bool {
    for layer in &mut *layers {
        layer.begin();
    }
    let Some(first) = memchr2(b'&', b'<', text.as_bytes()) else {
        return false;
    };
    let [one, two, last] = layers;
    if memchr(b'&', &text.as_bytes()[first..]).is_some() && entities(text, one) {
        entities(&one.text, two);
    }
    let source = [&*two, one].into_iter().find(|layer| layer.is_active());
    tags(source.map_or(text, |layer| &layer.text), last);
    layers.iter().any(Layer::is_active)
}

/// The text of the last layer that changed anything.
pub(super) fn result(layers: &Markup) -> &str {
    layers.iter().rev().find(|layer| layer.is_active()).map_or("", |layer| &layer.text)
}

fn entities(source: &str, layer: &mut Layer) -> bool {
    for at in memchr_iter(b'&', source.as_bytes()) {
        let window = &source.as_bytes()[at + 1..source.len().min(at + 2 + ENTITY_CHARS)];
        if let Some(length) = memchr(b';', window)
            && let Some(c) = std::str::from_utf8(&window[..length]).ok().and_then(entity)
        {
            layer.replace(source, at, at + length + 2, c);
        }
    }
    layer.finish(source)
}

/// The character of an entity, given what stands between `&` and `;`.
///
/// Numbers follow the HTML Standard: 128–159 are read as Windows-1252, what is no character is
/// U+FFFD.
pub(super) fn entity(inside: &str) -> Option<char> {
    let Some(number) = inside.strip_prefix('#') else {
        return NAMES.binary_search_by_key(&inside, |name| name.0).ok().map(|at| NAMES[at].1);
    };
    let (digits, radix) =
        number.strip_prefix(['x', 'X']).map_or((number, 10), |hexadecimal| (hexadecimal, 16));
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    Some(match number {
        0x80..=0x9F => super::mojibake::windows_1252(number as u8),
        number => {
            char::from_u32(number).filter(|&c| c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    })
}

fn tags(source: &str, layer: &mut Layer) -> bool {
    let bytes = source.as_bytes();
    for at in memchr_iter(b'<', bytes) {
        // Four bytes a character at most; the two angles end the search either way.
        let inside = &bytes[at + 1..source.len().min(at + 2 + 4 * TAG_CHARS)];
        if opens_tag(inside.first().copied())
            && let Some(length) = memchr2(b'<', b'>', inside)
            && inside[length] == b'>'
            && source[at + 1..=at + length].chars().count() <= TAG_CHARS
        {
            layer.replace(source, at, at + length + 2, ' ');
        }
    }
    layer.finish(source)
}

/// Whether this byte after `<` makes it a tag. `<<حماس>>` is a quotation, `5 < 6` a comparison.
fn opens_tag(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> String {
        let mut layers = Default::default();
        if decode(text, &mut layers) { result(&layers).to_owned() } else { text.to_owned() }
    }

    #[test]
    fn entities_need_their_semicolon_and_get_two_rounds() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(decoded("&#8220;&quot;&amp;&nbsp;&#1571;&#x623;"), "“\"&\u{A0}أأ");
        assert_eq!(decoded("M&E; AT&T &copy 5"), "M&E; AT&T &copy 5");
        assert_eq!(decoded("&amp;quot;"), "\"");
        assert_eq!(decoded("&amp;amp;quot;"), "&quot;");
        assert_eq!(decoded("&#147;&#0;&#xD800;&#99999999;"), "“\u{FFFD}\u{FFFD}\u{FFFD}");
        assert_eq!(decoded("&#;&#x;&;&&amp;&#12"), "&#;&#x;&;&&&#12");
    }

    #[test]
    fn tags_are_spaces_and_quotations_are_not_tags() {
        assert_eq!(decoded("سطر<br/>سطر</p><!-- x -->"), "سطر سطر  ");
        assert_eq!(decoded("<<حماس>> و5 < 6 > 4 <a <b>"), "<<حماس>> و5 < 6 > 4 <a  ");
        assert_eq!(decoded("&lt;b&gt;نص&lt;/b&gt;"), " نص ");
        let inside = "ا".repeat(TAG_CHARS - 1);
        assert_eq!(decoded(&format!("<a{inside}>")), " ");
        assert_eq!(decoded(&format!("<a{inside}ا>")), format!("<a{inside}ا>"));
    }
}
