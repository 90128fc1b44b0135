//! What `stats.json` says, counted again from the other files of the run.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::pages::Pages;
use super::run::SavedRun;
use super::verify::Proof;
use crate::error::Result;
use crate::progress::Progress;
use crate::saved::each_line;
use crate::verify::join_exact_copies;
use crate::write::input_digest;

#[derive(Deserialize)]
struct Cluster {
    family: String,
    size: usize,
}

#[derive(Deserialize)]
struct Block {
    #[serde(rename = "block")]
    _name: String,
}

#[derive(Deserialize)]
struct Removed {
    reason: String,
}

#[derive(Deserialize)]
struct Reject {
    code: String,
}

/// A figure of `stats.json` against what it was counted to be.
struct Figures<'p> {
    proof: &'p mut Proof,
}

impl Figures<'_> {
    fn check<T: PartialEq + std::fmt::Debug>(&mut self, name: &str, said: &T, counted: &T) {
        if said != counted {
            let what = format!("says {name} {said:?}, and counted again it is {counted:?}");
            self.proof.fault("figure", "stats.json", what);
        }
    }
}

/// The figures that the files of the run are enough for.
///
/// # Errors
/// What a file that cannot be read is, and when the caller cancels.
pub(super) fn check_files(
    run: &SavedRun,
    proof: &mut Proof,
    progress: &dyn Progress,
) -> Result<()> {
    let (stats, dir) = (&run.stats, &run.dir);
    let mut figures = Figures { proof };
    let inputs = run.inputs.iter().map(|input| (input.name.as_str(), input.sha256.as_str()));
    figures.check("input_digest", &stats.input_digest, &input_digest(inputs));
    // These follow from one another; no file has the pairs.
    let funnel = &stats.funnel;
    let none = BTreeMap::new();
    let histogram = |name: &str| stats.histograms.get(name).unwrap_or(&none);
    let scored = histogram("pair_jaccard").values().fold(0_u64, |sum, &n| sum.saturating_add(n));
    figures.check("funnel.verified", &funnel.verified, &scored);
    let tried = funnel.verified.saturating_add(funnel.far_below);
    if tried > funnel.candidates || funnel.accepted > funnel.verified {
        let what = format!("its funnel has more than was put in: {funnel:?}");
        figures.proof.fault("figure", "stats.json", what);
    }

    let (mut clusters, mut alone) = (0, 0);
    let mut families = HashSet::new();
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    each_line(&dir.join("clusters.jsonl"), progress, |_, line: Cluster| {
        *if line.size > 1 { &mut clusters } else { &mut alone } += 1;
        families.insert(line.family);
        *sizes.entry(format!("{:06}", line.size)).or_default() += 1;
        Ok(())
    })?;
    figures.check("clusters", &stats.clusters, &clusters);
    figures.check("lone_versions", &stats.lone_versions, &alone);
    figures.check("families", &stats.families, &(families.len() as u64));
    figures.check("the histogram cluster_size", histogram("cluster_size"), &sizes);

    let path = dir.join("blocks.jsonl");
    let listed = run.manifest.outputs.iter().any(|file| file.path.as_os_str() == "blocks.jsonl");
    let blocks = if listed { each_line(&path, progress, |_, _: Block| Ok(()))? } else { 0 };
    figures.check("blocks", &stats.blocks, &blocks);

    let mut exact = 0;
    each_line(&dir.join("removed.jsonl"), progress, |_, line: Removed| {
        exact += u64::from(line.reason == "exact");
        Ok(())
    })?;
    figures.check("funnel.exact_removed", &funnel.exact_removed, &exact);

    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    each_line(&dir.join("rejected.jsonl"), progress, |_, line: Reject| {
        *codes.entry(line.code).or_default() += 1;
        Ok(())
    })?;
    figures.check("the histogram reject_code", histogram("reject_code"), &codes);
    Ok(())
}

/// The figures that the archive is needed for.
///
/// # Errors
/// When a record cannot be read again.
pub(super) fn check_pages(pages: &Pages, proof: &mut Proof) -> Result<()> {
    let (stats, table) = (&pages.run().stats, pages.table());
    let mut figures = Figures { proof };
    let wordless = table.words.iter().filter(|&&words| words == 0).count() as u64;
    figures.check("wordless", &stats.wordless, &wordless);
    let hashes = table.story_hash.clone();
    let exact = join_exact_copies(pages.corpus(), table, hashes, &pages.maker(), |page| page)?;
    figures.check("funnel.exact_copies", &stats.funnel.exact_copies, &exact.copies);
    Ok(())
}
