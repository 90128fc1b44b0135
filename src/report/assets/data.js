// Packed data: base64 of deflated JSON in inert elements. Nothing is fetched.
const blocks = new Map();

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) out[i] = raw.charCodeAt(i);
  return out;
}

/** The data of a block; read once. */
function block(id) {
  if (!blocks.has(id)) {
    const bytes = fromBase64(byId(id).textContent);
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    blocks.set(id, new Response(plain).json());
    // Few are open at a time; the oldest goes.
    if (blocks.size > 12) {
      const oldest = [...blocks.keys()].find((key) => key !== "columns");
      blocks.delete(oldest);
    }
  }
  return blocks.get(id);
}

/** Members of a cluster, or null where they are not in the page. */
async function membersOf(cluster) {
  if (cluster >= meta.with_members) return null;
  const rows = await block(`m${Math.floor(cluster / meta.in_block)}`);
  return rows[cluster % meta.in_block] || null;
}

/** The texts of a copy and its keeper side by side, or null where they are not in the page. */
async function besideOf(cluster, member) {
  let at = -1;
  while (at + 1 < meta.diffs.length && meta.diffs[at + 1] <= cluster) at += 1;
  if (at < 0) return null;
  const pairs = await block(`d${at}`);
  return pairs.find((pair) => pair.cluster === cluster && pair.member === member) || null;
}

let columns = null;
/** Folded titles, made while nothing else is to be done. */
const titles = [];

async function loadColumns() {
  columns = await block("columns");
  const step = () => {
    const end = Math.min(titles.length + 4000, meta.listed);
    foldTitles(end);
    if (end < meta.listed) setTimeout(step);
  };
  setTimeout(step, 100);
}

function foldTitles(end) {
  for (let at = titles.length; at < end; at += 1) titles.push(` ${fold(columns.title[at])}`);
}
