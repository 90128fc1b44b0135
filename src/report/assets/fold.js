// The standard fold of the matcher, by the table it was asked for.
const foldLetters = new Map(Object.entries(meta.fold.letters));
const foldSigns = new Map(Object.entries(meta.fold.signs));
const particles = new Set(meta.fold.particles);
const isWordSign = /[\p{Alphabetic}\p{N}]/u;
const isDigit = (c) => c >= "0" && c <= "9";

/** What pieces between spaces become: titles use the same words over and over. */
const foldedPieces = new Map();

function foldPiece(piece) {
  let folded = foldedPieces.get(piece);
  if (folded === undefined) {
    folded = foldCharacters(piece.replace(/ى\u0621(?![\p{L}\p{N}])/gu, "ئ"));
    if (foldedPieces.size < 200000) foldedPieces.set(piece, folded);
  }
  return folded;
}

/** Letters and borders of words, character by character. */
function foldCharacters(text) {
  let out = "";
  for (const c of text) {
    const sign = foldSigns.get(c);
    if (sign !== undefined) {
      const taken = sign[out.at(-1)];
      if (taken !== undefined) out = out.slice(0, -1) + taken;
      continue;
    }
    let letters = foldLetters.get(c);
    if (letters === undefined) letters = isWordSign.test(c) ? c.toLowerCase() : " ";
    if (letters === "") continue;
    const last = out.at(-1);
    const split = last !== undefined && last !== " " && letters !== " ";
    if (split && isDigit(last) !== isDigit(letters[0])) out += " ";
    out += letters;
  }
  return out;
}

/** Names that are written together, `عبدالله`, as two words. */
function splitName(word) {
  for (const particle of ["", "و", "ف", "ب", "ل", "ك"]) {
    if (!word.startsWith(particle)) continue;
    const name = word.slice(particle.length);
    const rest = name.slice(3);
    if (name.startsWith("عبد") && rest.startsWith("ال") && rest.length > 2) {
      return [word.slice(0, particle.length + 3), ...splitName(rest)];
    }
    const father = ["", "و", "ب"].includes(particle) && name.startsWith("ابو") && rest.length > 2;
    const other = /^(اب|اق)/.test(rest) || ["تها", "تهم", "تنا", "هما", "كما"].includes(rest);
    if (father && !other) return [word.slice(0, particle.length + 3), ...splitName(rest)];
  }
  return [word];
}

const agencyStarts = new Set(meta.fold.agencies.map(([parts]) => parts[0]));
const isSingle = (word) => word !== undefined && word.length === 1 && !isDigit(word);

/** The words of a text as the matcher compares them. */
function fold(text) {
  const words = text.split(" ").map(foldPiece).join(" ").split(" ").filter((word) => word !== "");
  for (let at = 0; at < words.length; at += 1) {
    if (!agencyStarts.has(words[at])) continue;
    for (const [parts, name] of meta.fold.agencies) {
      const spelled = parts.every((part, i) => words[at + i] === part);
      const inRow = name === "اب" && (isSingle(words[at - 1]) || isSingle(words[at + parts.length]));
      if (spelled && !inRow) {
        words.splice(at, parts.length, name);
        break;
      }
    }
  }
  const glued = [];
  for (let at = 0; at < words.length; at += 1) {
    const [word, next] = [words[at], words[at + 1]];
    if (!particles.has(word) || next === undefined || isSingle(next) || isSingle(words[at - 1])) {
      glued.push(word);
    } else if (isDigit(next[0])) {
      continue;
    } else if (/^[\u0600-\u06ff]/.test(next)) {
      glued.push(word + next);
      at += 1;
    } else {
      glued.push(word);
    }
  }
  return glued.flatMap(splitName).join(" ");
}

// For the console, and for the tests of this page.
globalThis.tikrar = Object.freeze({ fold });
