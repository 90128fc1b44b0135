//! The runs of letters of a text, found sixteen bytes at a time: for machines without AVX2, ARM among
//! them.
//!
//! What [`super::blocks`] does for AVX2, with the same answers. As for AVX-512 a lead is looked at together
//! with the byte behind it. There is no table: the letters of Arabic itself lie side by side but for one,
//! and those that become others are few.

use crate::processor::sixteen::{Sixteen, Table};

use super::Profile;
use super::arabic::{
    AIN, ALEF, BEH, DAL, FEH, HAMZA, LAM, OWN, WAW, YEH, code_of, letter_of, waiting,
};
use super::letters::Letters;
use super::runs::Runs;

/// Letters that become one other; all are code points from U+0600 on.
#[derive(Clone, Copy)]
struct Move {
    to: u8,
    /// Where there are fewer, the last one again.
    from: [u8; MOST],
}

/// The first and the last letter, and the sign between them that is none.
const FIRST: u8 = 0x20;
const LAST: u8 = 0x4A;
const TATWEEL: u8 = 0x40;

/// Most letters that become the same one, and most that others become.
const MOST: usize = 5;

/// What becomes of the letters of each profile; zeros behind the last move.
const MOVES: [[Move; MOST]; 3] = [moves(0), moves(1), moves(2)];

const fn moves(profile: usize) -> [Move; MOST] {
    let mut moves = [Move { to: 0, from: [0; MOST] }; MOST];
    let (mut to, mut count) = (FIRST, 0);
    while to <= LAST {
        let found = moved(profile, to);
        if found.from[0] != 0 {
            moves[count] = found;
            count += 1;
        }
        to += 1;
    }
    moves
}

/// The letters that become `to`; zeros if there are none.
const fn moved(profile: usize, to: u8) -> Move {
    let mut from = [0; MOST];
    let (mut letter, mut count) = (0, 0);
    while letter < 256 {
        let folded = OWN[profile][letter];
        let is_letter = FIRST as usize <= letter && letter <= LAST as usize;
        assert!((folded != 0) == (is_letter && letter != TATWEEL as usize));
        if folded != 0 && code_of(folded.to_le_bytes()) == to && letter != to as usize {
            // Of both codes the greater one is taken.
            assert!(letter < to as usize);
            let mut place = count;
            while place < MOST {
                from[place] = letter as u8;
                place += 1;
            }
            count += 1;
        }
        letter += 1;
    }
    assert!(count <= MOST);
    Move { to, from }
}

/// The code points that letters become, from [`FIRST`] on; 0 for what is no letter.
const FOLDED: [Table; 3] = [folded(0), folded(1), folded(2)];

const fn folded(profile: usize) -> Table {
    let mut table = [0; 48];
    let mut at = 0;
    while at < table.len() {
        table[at] = match OWN[profile][FIRST as usize + at] {
            0 => 0,
            letter => code_of(letter.to_le_bytes()),
        };
        at += 1;
    }
    table
}

// What a letter and the one before it have in common where a word with a rule is suspected.
const OF_NAME: u8 = 0x01;
const OF_HAMZA: u8 = 0x02;
const OF_PAIR: u8 = 0x40;
const OF_ANY_PAIR: u8 = 0x80;

/// By letter, from [`FIRST`] on: what it may be the last of, and the same for the one before it. A letter
/// may be the last of one thing only.
const LAST_LETTERS: Table = {
    let mut table = [0; 48];
    set(&mut table, DAL, OF_NAME);
    set(&mut table, WAW, OF_NAME);
    set(&mut table, HAMZA, OF_HAMZA);
    set(&mut table, ALEF, OF_PAIR);
    set(&mut table, FEH, OF_ANY_PAIR);
    set(&mut table, BEH, OF_ANY_PAIR);
    set(&mut table, LAM, OF_ANY_PAIR);
    table
};
const LETTERS_BEFORE: Table = {
    let mut table = [OF_ANY_PAIR; 48];
    set(&mut table, BEH, OF_NAME | OF_PAIR | OF_ANY_PAIR);
    set(&mut table, YEH, OF_HAMZA | OF_ANY_PAIR);
    table
};

const fn set(table: &mut Table, letter: [u8; 2], to: u8) {
    table[(code_of(letter) - FIRST) as usize] = to;
}

/// What is still needed of the masks of the block before: their last bits.
#[derive(Default)]
pub(super) struct Carry {
    pub(super) leads: u64,
    pub(super) commas: u64,
    pub(super) letters: u64,
    pub(super) digits: u64,
    pub(super) spaces: u64,
    pub(super) names: u64,
    pub(super) hamzas: u64,
    pub(super) pairs: u64,
    pub(super) two_starts: u64,
    pub(super) four_starts: u64,
}

/// A bit for each byte of a block.
#[derive(Clone, Copy, Default)]
struct Masks<Bits> {
    /// Leads of letters.
    leads: Bits,
    /// Leads of the comma, semicolon and question mark of Arabic, and of « and ».
    commas: Bits,
    /// Controls and visible boundaries of ASCII that begin no markup.
    plain: Bits,
    no_digits: Bits,
    no_controls: Bits,
    spaces: Bits,
    /// Leads of letters after BEH with which a name of R28 may end, of those with which a word may have
    /// become one of R25, and with which a word of two letters may be one of R27.
    names: Bits,
    hamzas: Bits,
    pairs: Bits,
}

/// Folds runs, lists their borders, the stops and, if asked for, the gaps; returns how many runs there are.
pub(super) fn find_blocks<V: Sixteen>(
    profile: Profile,
    source: &[u8],
    gaps: bool,
    runs: &mut Runs,
) -> usize {
    const STRICT: usize = Profile::Strict as usize;
    const STANDARD: usize = Profile::Standard as usize;
    const LOOSE: usize = Profile::Loose as usize;
    let find = match (profile, gaps) {
        (Profile::Strict, true) => find_by::<V, STRICT, true>,
        (Profile::Strict, false) => find_by::<V, STRICT, false>,
        (Profile::Standard, true) => find_by::<V, STANDARD, true>,
        (Profile::Standard, false) => find_by::<V, STANDARD, false>,
        // Of this one words are wanted whole.
        (Profile::Loose, _) => find_by::<V, LOOSE, true>,
    };
    find(source, runs)
}

fn find_by<V: Sixteen, const PROFILE: usize, const GAPS: bool>(
    source: &[u8],
    runs: &mut Runs,
) -> usize {
    // R26 holds in all profiles but the strict one.
    let own_words = if PROFILE == Profile::Strict as usize { 0 } else { u64::MAX };
    let Runs { folded, borders, stops, gaps, edges, ended, .. } = runs;
    let (parts, _) = folded.as_chunks_mut::<64>();
    let blocks = source.len() / 64 + 1;
    // The last blocks, and zeros behind them.
    let mut end = [0; 192];
    let whole = blocks.saturating_sub(2);
    end[..source.len() - 64 * whole].copy_from_slice(&source[64 * whole..]);
    let mut before = Codes { folded: V::all(0), changed: V::all(0) };
    let mut carry = Carry::default();
    let mut found = 0;
    let bits = stops[..blocks].iter_mut().zip(gaps);
    for (block, ((stop_bits, gap_bits), out)) in bits.zip(parts).enumerate() {
        let bytes =
            if block < whole { &source[64 * block..] } else { &end[64 * (block - whole)..] };
        let bytes = bytes.first_chunk().unwrap_or(&[0; 65]);
        let mut masks = Masks::<V::Bits>::default();
        before = fold::<V, PROFILE, GAPS, 0>(before, bytes, &mut masks, out);
        before = fold::<V, PROFILE, GAPS, 1>(before, bytes, &mut masks, out);
        before = fold::<V, PROFILE, GAPS, 2>(before, bytes, &mut masks, out);
        before = fold::<V, PROFILE, GAPS, 3>(before, bytes, &mut masks, out);
        let [leads, commas] = [masks.leads, masks.commas].map(V::bits);
        let [spaces, no_controls] = [masks.spaces, masks.no_controls].map(V::bits);
        let [names, hamzas, pairs] = [masks.names, masks.hamzas, masks.pairs].map(V::bits);
        let digits = !V::bits(masks.no_digits) & own_words;

        let letters = leads | leads << 1 | carry.leads;
        let known = letters | digits | V::bits(masks.plain) | commas | commas << 1 | carry.commas;
        let inside = letters << 1 | carry.letters;
        let (starts, ends) = (letters & !inside, inside & !letters);
        // Runs of one letter, and those of two that are a pair.
        let one = starts << 2 | carry.two_starts;
        let mut two = ends & (starts << 4 | carry.four_starts) & (pairs << 2 | carry.pairs);
        if two != 0 {
            two = waiting(two, 64 * block, source, &OWN[PROFILE]);
        }
        // A name is split off where letters follow it.
        let carried_name = names >> 63;
        let mut names = (names << 1 | carry.names) & (letters >> 1 | 1 << 63);
        if names != 0 {
            names = after_name(names, 64 * block, source, &OWN[PROFILE]);
        }
        *stop_bits = !known | names | (hamzas << 1 | carry.hamzas) | (ends & one) | two;
        if GAPS {
            *gap_bits = !no_controls | spaces & (spaces << 1 | carry.spaces);
        }
        let in_number = digits << 1 | carry.digits;
        let (starts_all, ends_all) = (starts | digits & !in_number, ends | in_number & !digits);
        // One that was begun before ends before any other begins.
        let open = carry.letters | carry.digits;
        carry = Carry {
            leads: leads >> 63,
            commas: commas >> 63,
            letters: letters >> 63,
            digits: digits >> 63,
            spaces: spaces >> 63,
            names: carried_name,
            hamzas: hamzas >> 63,
            pairs: pairs >> 62,
            two_starts: starts >> 62,
            four_starts: starts >> 60,
        };
        edges[block] = [starts_all, ends_all];
        ended[block] = (found - open as usize) as u32;
        let base = (64 * block) as u32;
        found = put_both((starts_all, ends_all), base, borders, found, open as usize);
    }
    stops[source.len() / 64] |= 1 << (source.len() % 64);
    // Zeros behind the end are in no run, so what has begun has ended.
    found
}

/// Borders of one side that are written at once.
const GROUP: usize = 8;

/// Writes where runs start and end, from `base` on, to the borders from number `found` on, of which the
/// one before may be `open`; returns the number behind the last that starts.
#[inline(always)]
fn put_both(
    (mut starts, mut ends): (u64, u64),
    base: u32,
    borders: &mut [[u32; 2]],
    found: usize,
    open: usize,
) -> usize {
    let count = starts.count_ones() as usize;
    let mut group = 0;
    // As many at a time whether there are as many or not: no branch for each.
    loop {
        let first = found + group;
        if let Some(borders) = borders[first..].first_chunk_mut::<GROUP>() {
            for border in borders {
                border[0] = base + starts.trailing_zeros();
                starts &= starts.wrapping_sub(1);
            }
        }
        if let Some(borders) = borders[first - open..].first_chunk_mut::<GROUP>() {
            for border in borders {
                border[1] = base + ends.trailing_zeros();
                ends &= ends.wrapping_sub(1);
            }
        }
        group += GROUP;
        // There are as many ends, or one more.
        if group > count {
            break;
        }
    }
    found + count
}

/// Of `lasts`, places from `base` on of the last bytes of letters after BEH, those with which a name of
/// R28 may end.
#[cold]
fn after_name(mut lasts: u64, base: usize, source: &[u8], letters: &Letters) -> u64 {
    let mut names = 0;
    while lasts != 0 {
        let bit = lasts & lasts.wrapping_neg();
        let first = (base + lasts.trailing_zeros() as usize).checked_sub(5);
        let letter = first.and_then(|at| source[at..].first_chunk());
        let letter = letter.map(|&pair| letter_of(letters, pair).to_le_bytes());
        if letter == Some(AIN) || letter == Some(ALEF) {
            names |= bit;
        }
        lasts ^= bit;
    }
    names
}

/// What the letters of a part are, at their leads.
#[derive(Clone, Copy)]
struct Codes<V> {
    /// The code points that they become, from U+0600 on; 0 where there is no letter.
    folded: V,
    /// The bits in which those differ from what they were.
    changed: V,
}

/// Writes part `PART` of four of a block with its letters folded, given the codes of the part before;
/// adds to the masks. Returns the part's codes.
#[inline(always)]
fn fold<V: Sixteen, const PROFILE: usize, const GAPS: bool, const PART: usize>(
    before: Codes<V>,
    source: &[u8; 65],
    masks: &mut Masks<V::Bits>,
    out: &mut [u8; 64],
) -> Codes<V> {
    let part = |at: usize| source[at..].first_chunk().map_or(V::all(0), V::load);
    let (bytes, following) = (part(16 * PART), part(16 * PART + 1));

    let (after_d8, after_d9) = (bytes.is_byte(0xD8), bytes.is_byte(0xD9));
    // D8 80–BF are 0–3F, D9 80–8F are 40–4F; a byte that follows another lead is in neither.
    let code = following.xor(V::all(0x80)).or(after_d9.and(V::all(0x40)));
    let (own, folded) = letters_of::<V, PROFILE>(code, after_d8.or(after_d9));
    own.put::<PART>(&mut masks.leads);
    let code = code.and(own);
    let changed = folded.xor(code);
    let lead = changed.and(V::all(0x40)).is_byte(0x40).and(V::all(0x01));
    let second = changed.one_back(before.changed).and(V::all(0x3F));
    let (chunks, _) = out.as_chunks_mut();
    bytes.xor(lead).xor(second).store(&mut chunks[PART]);

    // The highest bit says no.
    let no_digit = bytes.is_beyond(b'0', b'9');
    let no_letter = bytes.or(V::all(0x20)).is_beyond(b'a', b'z');
    no_digit.put::<PART>(&mut masks.no_digits);
    let markup = bytes.is_byte(b'&').or(bytes.is_byte(b'<'));
    no_digit.and(no_letter).without(bytes.or(markup)).put::<PART>(&mut masks.plain);
    if GAPS {
        bytes.plus(V::all(0x60)).put::<PART>(&mut masks.no_controls);
        bytes.is_byte(b' ').put::<PART>(&mut masks.spaces);
    }
    // D8 8C, D8 9B and D8 9F; C2 AB and C2 BB.
    let comma = following.is_byte(0x8C).or(following.without(V::all(0x04)).is_byte(0x9B));
    let angle = following.or(V::all(0x10)).is_byte(0xBB);
    let commas = comma.and(after_d8).or(angle.and(bytes.is_byte(0xC2)));
    commas.put::<PART>(&mut masks.commas);

    let suspects = suspects(folded, folded.two_back(before.folded));
    suspects.names.put::<PART>(&mut masks.names);
    suspects.hamzas.put::<PART>(&mut masks.hamzas);
    suspects.pairs.put::<PART>(&mut masks.pairs);
    Codes { folded, changed }
}

/// A mask of the leads of letters, and the code points that they become, given those that they are where
/// there is a `lead` of Arabic; 0 where there is none.
#[inline(always)]
fn letters_of<V: Sixteen, const PROFILE: usize>(code: V, lead: V) -> (V, V) {
    if V::PICKS {
        let folded = code.less(V::all(FIRST)).pick(&FOLDED[PROFILE]).and(lead);
        return (V::all(0xFF).without(folded.is_byte(0)), folded);
    }
    let own = code.is_between(FIRST, LAST).without(code.is_byte(TATWEEL)).and(lead);
    let code = code.and(own);
    let mut folded = code;
    for Move { to, from: [a, b, c, d, e] } in MOVES[PROFILE] {
        if a != 0 {
            let is = |from: u8| code.is_byte(from);
            let any = is(a).or(is(b)).or(is(c)).or(is(d)).or(is(e));
            folded = folded.max(any.and(V::all(to)));
        }
    }
    (own, folded)
}

/// Leads of letters by which words with rules are suspected, in the highest bits.
struct Suspects<V> {
    /// After BEH, such as a name of R28 may end with.
    names: V,
    /// Such as a word may have become one of R25 with.
    hamzas: V,
    /// Such as a word of two letters may be one of R27 with.
    pairs: V,
}

/// The suspects among letters, given the letters before them.
#[inline(always)]
fn suspects<V: Sixteen>(letters: V, before: V) -> Suspects<V> {
    if V::PICKS {
        let pick = |codes: V, table: &Table| codes.less(V::all(FIRST)).pick(table);
        let both = pick(letters, &LAST_LETTERS).and(pick(before, &LETTERS_BEFORE));
        let (names, hamzas) = (both.is_byte(OF_NAME), both.is_byte(OF_HAMZA));
        // Twice as much, the others lack the highest bit.
        return Suspects { names, hamzas, pairs: both.plus(both) };
    }
    let is = |codes: V, letter| codes.is_byte(code_of(letter));
    let after_beh = is(before, BEH);
    let pairs = is(letters, FEH).or(is(letters, BEH)).or(is(letters, LAM));
    Suspects {
        names: is(letters, DAL).or(is(letters, WAW)).and(after_beh),
        hamzas: is(letters, HAMZA).and(is(before, YEH)),
        pairs: pairs.or(is(letters, ALEF).and(after_beh)),
    }
}
