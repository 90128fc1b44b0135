//! The fields of the output files, as JSON Schema.

use clap::ValueEnum;
use serde_json::{Map, Value, json};

/// A file that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// clusters.jsonl
    Clusters,
    /// removed.jsonl
    Removed,
    /// rejected.jsonl
    Rejected,
    /// pairs.jsonl
    Pairs,
    /// blocks.jsonl
    Blocks,
    /// segments.jsonl
    Segments,
    /// cuts.jsonl
    Cuts,
    /// inputs.jsonl
    Inputs,
    /// outlets.jsonl
    Outlets,
    /// edges.jsonl
    Edges,
    /// stats.json
    Stats,
}

type Field = (&'static str, &'static str, &'static str);

const MEMBER: &[Field] = &[
    ("id", "string", "page id"),
    ("outlet", "string?", "who published it"),
    ("date", "string?", "day, ISO 8601"),
    ("url", "string?", "its address"),
    ("similarity", "number", "exact similarity of its story to the kept page's story"),
    ("relation", "string", "self, exact or copy"),
    ("role", "string", "keep or copy"),
    ("removed", "boolean", "whether it was removed"),
];

const CLUSTERS: &[Field] = &[
    ("cluster", "string", "hash of the sorted member ids"),
    ("family", "string", "shared by clusters that copy edges connect"),
    ("size", "integer", "number of members"),
    ("outlets", "strings", "outlets of the members, sorted"),
    ("first_day", "string?", "earliest day, ISO 8601"),
    ("last_day", "string?", "latest day"),
    ("title", "string", "title of the kept page, or the beginning of its text"),
    ("keep", "string", "id of the page that is kept"),
    ("keep_reason", "string", "the rule that chose it"),
    ("members", "members", "the pages, the kept one first"),
];

const OCCURRENCE: &[Field] = &[
    ("id", "string", "page id"),
    ("outlet", "string?", "who published it"),
    ("start", "integer", "first byte in the page's text"),
    ("end", "integer", "one past the last byte"),
];

const BLOCKS: &[Field] = &[
    ("block", "string", "hash of its folded variants"),
    ("kind", "string", "related_story, related_list, keywords, promo or boilerplate"),
    ("pages", "integer", "pages it stands on"),
    ("outlets", "strings", "their outlets, sorted"),
    ("title", "string?", "title of an embedded story, of its longest variant"),
    ("text", "string", "its longest variant"),
    ("bytes", "integer", "bytes of that text"),
    (
        "story",
        "string?",
        "id of a page whose story it is, or, of a line of a list, the one page whose title it is",
    ),
    ("stories", "strings", "ids of the first 8 pages with that title, where they are several"),
    ("occurrences", "occurrences", "where it stands"),
];

const SEGMENT: &[Field] = &[
    ("kind", "string", "what the part is"),
    ("start", "integer", "first byte in the page's text"),
    ("end", "integer", "one past the last byte"),
];

const SEGMENTS: &[Field] =
    &[("id", "string", "page id"), ("segments", "segments", "the parts; they tile the text")];

const CUTS: &[Field] = &[
    ("id", "string", "page id"),
    ("path", "string", "input file"),
    ("offset", "integer", "first byte of its record in the decompressed file"),
    ("start", "integer", "first byte in the page's text"),
    ("end", "integer", "one past the last byte"),
    ("kind", "string", "kind of the segment"),
    ("block", "string?", "the shared block that it belongs to; none for a heading"),
    ("text", "string", "what was cut"),
    (
        "raw",
        "string?",
        "its spelling in the record, where that is not text, in JSON minimally escaped",
    ),
    ("encoding", "string?", "of a .txt, where it is not UTF-8"),
];

const REMOVED: &[Field] = &[
    ("id", "string", "page id"),
    ("path", "string", "input file"),
    ("offset", "integer", "first byte of its record in the decompressed file"),
    ("length", "integer", "bytes of its record, line end included"),
    ("sha256", "string", "of these bytes"),
    ("reason", "string", "exact, copy or contains"),
    ("cluster", "string?", "its cluster; none for a page that lies in another"),
    ("keep", "string", "the page that stays in its place"),
    ("similarity", "number", "exact similarity to that page"),
    (
        "lost_words",
        "integer",
        "words of the page that its keeper lacks; of its second stories those that stay on no page",
    ),
    ("lost_rarest", "strings", "the rarest of them, at most five"),
];

const REJECTED: &[Field] = &[
    ("path", "string", "input file"),
    ("line", "integer", "line, from 1"),
    ("offset", "integer", "first byte in the decompressed file"),
    ("length", "integer", "bytes, line end included"),
    ("code", "string", "kind of fault"),
    ("error", "string", "the fault in words, and what to do"),
];

const INPUTS: &[Field] = &[
    ("name", "string", "name in the run; - for stdin"),
    ("file", "string", "name of what is written in its place"),
    ("folder", "string?", "the folder it lay in: the outlet of a .txt"),
    ("format", "string", "txt or jsonl"),
    ("compression", "string", "none, gzip or zstd"),
    ("bytes", "integer", "unpacked bytes, up to where it could be read"),
    ("sha256", "string", "of its bytes as they lay on disk"),
    ("unpacked_sha256", "string?", "of its unpacked bytes; none without removed/"),
    ("broken", "boolean", "whether it could not be read to its end"),
];

const PAIRS: &[Field] = &[
    ("a", "string", "page id"),
    ("b", "string", "page id"),
    ("a_part", "string", "story, or the span of an embedded one"),
    ("b_part", "string", "story, or the span of an embedded one"),
    ("relation", "string", "copy, contains, update, template, overlaps or none"),
    ("jaccard", "number", "exact Jaccard similarity of the shingle sets"),
    ("a_in_b", "number", "share of the shingles of a that b has"),
    ("b_in_a", "number", "share of the shingles of b that a has"),
    ("accepted", "boolean", "whether it is an edge of a family"),
    (
        "spans",
        "spans",
        "runs of three or more words that both have, in the order of a; the 16 longest. A run ends \
         where furniture interrupts a part, and the words of a title field are in none",
    ),
    ("spans_left_out", "integer", "how many shorter runs are not listed"),
];

const OUTLETS: &[Field] = &[
    ("outlet", "string", "its name, as its pages give it"),
    ("pages", "integer", "its pages"),
    ("unique", "integer", "pages of them that are in no cluster and lie in no other page"),
    (
        "first",
        "integer",
        "clusters with other outlets in which it alone was first, by credit or by a day",
    ),
    ("copied_in", "integer", "its pages in clusters where another outlet was before it"),
    ("copied_out", "integer", "pages of other outlets in clusters where it was before them"),
    ("removed", "integer", "its pages that were removed"),
];

const EDGES: &[Field] = &[
    ("from", "string", "the earlier outlet, or an agency that the later one credits"),
    ("to", "string", "the later outlet; without a direction, the second name"),
    ("clusters", "integer", "clusters of both: the sum of the next four"),
    ("pages", "integer", "pages of `to` in them"),
    ("credited", "integer", "clusters in which a page of `to` names `from` as its source"),
    ("dated", "integer", "clusters in which `from` has a page a day or more before `to`"),
    ("tie", "integer", "clusters in which both begin on the same day"),
    ("undated", "integer", "clusters in which a day is missing"),
    ("median_lag_days", "number?", "median days from the first page of `from` to that of `to`"),
];

const STATS: &[Field] = &[
    ("schema", "integer", "version of this file's form"),
    ("version", "string", "version of the program"),
    ("fold_version", "integer", "version of the folding rules"),
    ("settings", "object", "what decided the result"),
    ("input_digest", "string", "hash of all inputs, by name and content"),
    (
        "ledger",
        "object",
        "read = kept + removed + rejected, in records, bytes and words of stories; cut_pages and bytes.cut are \
         pages and bytes of text that --cut-blocks cut from what is kept",
    ),
    ("clusters", "integer", "clusters of two or more pages"),
    ("lone_versions", "integer", "single pages that are versions of a clustered story"),
    ("families", "integer", "families that such clusters belong to"),
    ("blocks", "integer", "blocks shared by pages"),
    ("wordless", "integer", "pages without a word"),
    ("funnel", "object", "how many pairs got how far"),
    ("histograms", "object", "counts by name"),
    ("warnings", "strings", "warnings, each once"),
    ("problems", "strings", "inputs that could not be read, or not to their end"),
    (
        "stages",
        "objects",
        "name, wall_s, cpu_s, bytes, items; beside_s: CPU seconds of the hash of the input beside it",
    ),
    ("throughput", "object", "pages_per_s, mb_per_s"),
    ("peak_rss_bytes", "integer", "most memory held, file pages included"),
    ("machine", "object", "cpu, cores, threads, system"),
    ("digest", "string", "hash of all data files"),
];

/// The schema of a file, or of one of its lines.
pub(crate) fn of(name: SchemaName) -> String {
    let (title, fields) = match name {
        SchemaName::Clusters => ("a line of clusters.jsonl", CLUSTERS),
        SchemaName::Removed => ("a line of removed.jsonl", REMOVED),
        SchemaName::Rejected => ("a line of rejected.jsonl", REJECTED),
        SchemaName::Pairs => ("a line of pairs.jsonl", PAIRS),
        SchemaName::Blocks => ("a line of blocks.jsonl", BLOCKS),
        SchemaName::Segments => ("a line of segments.jsonl", SEGMENTS),
        SchemaName::Cuts => ("a line of cuts.jsonl", CUTS),
        SchemaName::Inputs => ("a line of inputs.jsonl", INPUTS),
        SchemaName::Outlets => ("a line of outlets.jsonl", OUTLETS),
        SchemaName::Edges => ("a line of edges.jsonl", EDGES),
        SchemaName::Stats => ("stats.json", STATS),
    };
    let mut schema = object(fields);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    format!("{schema:#}\n")
}

fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|&(name, kind, meaning)| {
            let mut schema = of_kind(kind);
            schema["description"] = json!(meaning);
            (name.to_owned(), schema)
        })
        .collect();
    let required: Vec<&str> = fields.iter().map(|field| field.0).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn of_kind(kind: &str) -> Value {
    match kind {
        "number?" => json!({ "type": ["number", "null"] }),
        "string?" => json!({ "type": ["string", "null"] }),
        "strings" => json!({ "type": "array", "items": { "type": "string" } }),
        "objects" => json!({ "type": "array", "items": { "type": "object" } }),
        "members" => json!({ "type": "array", "items": object(MEMBER) }),
        "occurrences" => json!({ "type": "array", "items": object(OCCURRENCE) }),
        "spans" => json!({
            "type": "array",
            "items": {
                "type": "array",
                "description": "first byte and one past the last in the text of a, then of b",
                "items": { "type": "integer" },
                "minItems": 4,
                "maxItems": 4,
            },
        }),
        "segments" => json!({ "type": "array", "items": object(SEGMENT) }),
        plain => json!({ "type": plain }),
    }
}
