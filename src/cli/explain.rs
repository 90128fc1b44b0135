//! `tikrar explain`.

use std::io::{self, Write};

use tikrar::prove::{Compared, Explanation, Fate, Origin, Parts, Shares, explain};
use tikrar::write::{Part, Role};

use super::args::ExplainArgs;
use super::progress::Talk;
use super::show::{Style, count, json};
use super::{Failure, reading};

/// Runs the command.
pub(super) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let shared = &args.shared;
    let talk = Talk::new(shared.progress, true, false);
    let options = reading::proving(shared);
    let pool = reading::threads(shared.threads)?;
    let told = pool.install(|| explain(&args.dir, &args.id, &options, &talk))?;
    let mut out = io::stdout().lock();
    if shared.json {
        json(&mut out, &told)?;
    } else {
        print(&mut out, &told, &Style::stdout(shared.color))?;
    }
    out.flush()?;
    Ok(0)
}

fn print(out: &mut impl Write, told: &Explanation, style: &Style) -> io::Result<()> {
    let known = [&told.outlet, &told.date].into_iter().flatten().map(|text| style.short(text));
    let known: Vec<String> = known.collect();
    writeln!(out, "{}  {}", style.bold(&style.short(&told.id)), known.join("  "))?;
    if let Some(title) = &told.title {
        writeln!(out, "{}", style.text(title))?;
    }
    let decision = style.text(&told.decision);
    writeln!(
        out,
        "{}",
        match told.fate {
            Fate::Kept => style.good(&decision),
            Fate::Removed => style.warn(&decision),
            Fate::Rejected => style.bad(&decision),
        }
    )?;
    let from = match told.origin {
        Some(Origin::Rebuilt) => " (rebuilt: the originals are not all there)",
        _ => "",
    };
    let (offset, length) = (count(told.offset), count(told.length));
    writeln!(out, "record    {}, byte {offset}, {length} bytes{from}", style.short(&told.path))?;
    if let Some(cluster) = &told.cluster {
        writeln!(
            out,
            "cluster   {}, {} pages, keeps {} ({})",
            style.text(&cluster.cluster),
            count(cluster.size as u64),
            style.short(&cluster.keep),
            style.text(&cluster.keep_reason)
        )?;
        for member in cluster.members.iter().filter(|member| member.role == Role::Copy) {
            let fate = if member.removed { "removed" } else { "kept" };
            let id = style.short(&member.id);
            writeln!(out, "  {:.4}  {:<5} {fate:<7}  {id}", member.similarity, member.relation)?;
        }
        let more = cluster.size - cluster.members.len().min(cluster.size);
        if more > 0 {
            writeln!(out, "  and {} more, in clusters.jsonl", count(more as u64))?;
        }
    }
    for version in &told.versions {
        let (cluster, keep) = (style.text(&version.cluster), style.short(&version.keep));
        writeln!(out, "version   {cluster}, {} pages, keeps {keep}", count(version.size as u64))?;
    }
    if let Some(other) = &told.other {
        compared(out, other, style)?;
    }
    if let Some(lost) = told.lost_words {
        let words: Vec<String> = told.lost_rarest.iter().map(|word| style.short(word)).collect();
        writeln!(
            out,
            "lost      {} words that the keeper lacks  {}",
            count(lost),
            words.join(" ")
        )?;
    }
    if let Some(made_of) = &told.parts {
        parts(out, made_of, style)?;
    }
    for page in &told.related {
        writeln!(
            out,
            "related   {:<9} jaccard {:.4}, {:.4} of it in the other, {:.4} of the other in it  {}{}{}",
            page.relation.name(),
            page.jaccard,
            page.in_other,
            page.of_other,
            style.short(&page.id),
            span(" here at", page.part),
            span(" there at", page.other_part)
        )?;
    }
    if !told.has_pairs && told.fate != Fate::Rejected {
        writeln!(out, "related   not written by this run (dedup --pairs)")?;
    }
    for command in &told.commands {
        writeln!(out, "see       {}", style.text(command))?;
    }
    Ok(())
}

fn compared(out: &mut impl Write, other: &Compared, style: &Style) -> io::Result<()> {
    let shares = |s: &Shares| {
        format!(
            "jaccard {:.4}, {:.4} of it in the other, {:.4} of the other in it",
            s.jaccard, s.a_in_b, s.b_in_a
        )
    };
    writeln!(out, "against   {}: {}", style.short(&other.id), other.relation.name())?;
    writeln!(out, "  story   {}", shares(&other.story))?;
    writeln!(out, "  page    {}", shares(&other.page))?;
    writeln!(out, "  reader  {}", style.text(&other.reason))
}

fn parts(out: &mut impl Write, parts: &Parts, style: &Style) -> io::Result<()> {
    let share = |bytes: u64| 100.0 * bytes as f64 / (parts.bytes.max(1)) as f64;
    writeln!(
        out,
        "page      {} bytes of text: story {:.0} %, related blocks {:.0} %, other furniture {:.0} %",
        count(parts.bytes),
        share(parts.story),
        share(parts.related),
        share(parts.other)
    )?;
    for block in &parts.blocks {
        let story = block.story.as_ref().map(|id| format!(", the story of {}", style.short(id)));
        writeln!(
            out,
            "  block   {}  {}  bytes {}-{}, on {} pages{}: {}",
            style.text(&block.block),
            style.text(&block.kind),
            block.start,
            block.end,
            count(block.pages as u64),
            story.unwrap_or_default(),
            style.short(&block.title)
        )?;
    }
    Ok(())
}

fn span(before: &str, part: Part) -> String {
    match part {
        Part::Story => String::new(),
        Part::Embedded(span) => format!("{before} {}-{}", span.start, span.end),
    }
}
