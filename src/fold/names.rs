//! Rule R28: names that are written together, which are two words.

/// Where a name written together is to be cut, in bytes of the folded word.
///
/// `عبد` and the name of God, `ابو` and a name of three letters or more; one particle may stand before.
pub(super) fn name_cut(word: &[u8]) -> Option<usize> {
    if word.len() < 12 {
        return None;
    }
    let (abd, abu) = ("عبدال".as_bytes(), "ابو".as_bytes());
    if word.starts_with(abd) {
        return Some(6);
    }
    if word.starts_with(abu) {
        return is_name(&word[6..]).then_some(6);
    }
    if word.len() < 14 {
        return None;
    }
    let (particle, rest) = word.split_at(2);
    let among = |letters: &str| letters.as_bytes().chunks(2).any(|letter| letter == particle);
    if rest.starts_with(abd) && among("وفبلك") {
        return Some(8);
    }
    (rest.starts_with(abu) && among("وب") && is_name(&rest[6..])).then_some(8)
}

/// Whether what follows `ابو` is a name, not the rest of أبواب, أبواق or أبوتها.
fn is_name(rest: &[u8]) -> bool {
    !["اب", "اق"].iter().any(|start| rest.starts_with(start.as_bytes()))
        && !["تها", "تهم", "تنا", "هما", "كما"].iter().any(|end| rest == end.as_bytes())
}
