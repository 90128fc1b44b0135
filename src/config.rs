//! The settings of a run: plain values, checked in one place.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cluster::{KeepOrder, Link};
use crate::error::{ErrorKind, Result};
use crate::fold::Profile;
use crate::passage::Scope;
use crate::segment::MarkerTable;
use crate::shingle::Shingle;
use crate::sketch::{Banding, Scheme};
pub use crate::verify::MatchBy;

/// Seed of every random choice; fixed, so that runs can be compared.
pub const SEED: u64 = 0x7469_6B72_6172_0001;

/// What finds candidate pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Bands of MinHash signatures.
    #[default]
    Minhash,
    /// SimHashes within a Hamming radius.
    Simhash,
}

/// Which marker phrases cut pages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Markers {
    /// Those that come with the crate.
    #[default]
    BuiltIn,
    /// None: only repetition cuts.
    None,
    /// The built-in ones and the rows of this text, in the form of `markers.tsv`.
    Also(String),
}

/// How a signature is cut into bands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BandingChoice {
    /// The most selective banding that finds this share of the pairs at the threshold.
    Recall {
        /// Between 0 and 1.
        recall: f64,
    },
    /// Just so many.
    Fixed {
        /// Bands.
        bands: u32,
        /// Slots of a band.
        rows: u32,
    },
}

/// What decides which pages are copies of one another, and which stays. Everything here changes
/// results, and is stamped into `stats.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatchConfig {
    /// What of a page is compared.
    pub scope: Scope,
    /// Which phrases mark furniture, with [`Scope::Story`].
    pub markers: Markers,
    /// What decides that two stories are copies.
    #[serde(rename = "match")]
    pub match_by: MatchBy,
    /// Whether a story that lies wholly in another is removed.
    pub drop_contained: bool,
    /// Spelling that is folded away.
    pub fold: Profile,
    /// Shingle of every text; `None` is three words, and nine letters between texts of under
    /// [`crate::shingle::SHORT_WORDS`] words.
    pub shingle: Option<Shingle>,
    /// Exact Jaccard similarity from which two stories are copies.
    pub threshold: f64,
    /// What finds candidates.
    pub method: Method,
    /// Radius of [`Method::Simhash`], in bits.
    pub hamming: u32,
    /// Which MinHash.
    pub minhash: Scheme,
    /// Slots of a signature.
    pub signature: u32,
    /// How it is cut into bands.
    pub banding: BandingChoice,
    /// How clusters are gathered.
    pub link: Link,
    /// Who stays.
    pub keep: KeepOrder,
    /// Outlets in order of preference, for [`crate::cluster::KeepRule::Outlet`].
    pub outlets: Vec<String>,
    /// A copy with more words of its own than this is kept.
    pub max_lost_words: Option<u64>,
    /// Whether every candidate is verified and written to `pairs.jsonl`.
    pub pairs: bool,
}

impl Default for MatchConfig {
    fn default() -> Self {
        Self {
            scope: Scope::Story,
            markers: Markers::BuiltIn,
            match_by: MatchBy::Reader,
            drop_contained: false,
            fold: Profile::Standard,
            shingle: None,
            threshold: 0.5,
            method: Method::Minhash,
            hamming: 3,
            minhash: Scheme::Fast,
            signature: 128,
            banding: BandingChoice::Recall { recall: 0.99 },
            link: Link::Anchor,
            keep: KeepOrder::earliest(),
            outlets: Vec::new(),
            max_lost_words: None,
            pairs: false,
        }
    }
}

impl MatchConfig {
    /// Checks every value against its range, and gives the banding that follows.
    ///
    /// # Errors
    /// Names the setting that cannot work, and why.
    pub fn validate(&self) -> Result<Banding> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return bad("--threshold", self.threshold, "it is a similarity above 0, at most 1");
        }
        if self.hamming > crate::band::MAX_RADIUS {
            return bad("--hamming", self.hamming, "the radius is at most 8 of 64 bits");
        }
        if !(1..=4096).contains(&self.signature) {
            return bad("--signature", self.signature, "it has 1 to 4096 slots");
        }
        let banding = match self.banding {
            BandingChoice::Recall { recall } => {
                if !(recall > 0.0 && recall < 1.0) {
                    return bad("--recall", recall, "it is a share above 0 and below 1");
                }
                Banding::for_recall(self.threshold, recall, self.signature)
            }
            BandingChoice::Fixed { bands, rows } => Banding::within(bands, rows, self.signature),
        };
        banding.or_else(|error| {
            let value = match self.banding {
                BandingChoice::Recall { recall } => format!("{recall}"),
                BandingChoice::Fixed { bands, rows } => format!("{bands} x {rows}"),
            };
            bad("--bands, --rows or --recall", value, &error.to_string())
        })
    }

    /// The table of markers; the one that comes with the crate is left out where pages are not cut.
    ///
    /// # Errors
    /// When a row of the user's is not understood; it is named by line.
    pub fn marker_table(&self) -> Result<MarkerTable> {
        match &self.markers {
            // It is not cheap to make, and whole pages are not cut.
            Markers::BuiltIn if self.scope == Scope::Page => Ok(MarkerTable::none()),
            Markers::BuiltIn => Ok(MarkerTable::default()),
            Markers::None => Ok(MarkerTable::none()),
            Markers::Also(rows) => {
                let mut table = MarkerTable::default();
                table
                    .extend(rows)
                    .or_else(|error| bad("--markers", "this table", &error.to_string()))?;
                Ok(table)
            }
        }
    }

    /// The shingle of texts that are not both short.
    pub fn long_shingle(&self) -> Shingle {
        self.shingle.unwrap_or(Shingle::WORD_3)
    }
}

fn bad<T>(setting: &'static str, value: impl fmt::Display, reason: &str) -> Result<T> {
    let reason = reason.to_owned();
    Err(ErrorKind::BadSetting { setting, value: value.to_string(), reason }.into())
}

/// Language of a report; the script in it can change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Arabic.
    Ar,
}

/// How a report is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportConfig {
    /// Its language.
    pub lang: Lang,
    /// Most bytes of the page, in millions. What finds no room is named in it, with the file that
    /// holds it: texts are left out first, then members, then clusters.
    pub max_mb: u64,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self { lang: Lang::En, max_mb: 25 }
    }
}

/// Where results go and which of them are written.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct OutputConfig {
    /// The folder of the run.
    pub dir: PathBuf,
    /// Replace the folder of an earlier run.
    pub force: bool,
    /// Do everything but write.
    pub dry_run: bool,
    /// Write `kept/`.
    pub kept: bool,
    /// Write `removed/`.
    pub removed: bool,
    /// Write `segments.jsonl`.
    pub segments: bool,
    /// Write kept pages without their related blocks, keyword and promotion lines, and
    /// `cuts.jsonl`. Needs [`Scope::Story`] and `kept`.
    pub cut_blocks: bool,
    /// Add what was found about a page to its record in `kept/`. Needs [`Scope::Story`] and
    /// `kept`.
    pub annotate: bool,
    /// Stop at the first reject.
    pub strict: bool,
    /// Make `report.html`.
    pub report: Option<ReportConfig>,
}

impl OutputConfig {
    /// Checks what is to be written against what is compared, and the names of the text field.
    ///
    /// # Errors
    /// Names the setting that cannot work, and why.
    pub fn validate(&self, matching: &MatchConfig, text_fields: &[String]) -> Result<()> {
        let flag = match (self.cut_blocks, self.annotate) {
            (true, _) => "--cut-blocks",
            (_, true) => "--annotate",
            _ => return Ok(()),
        };
        if matching.scope != Scope::Story {
            return bad(flag, "used with --scope page", "only --scope story cuts pages into parts");
        }
        if !self.kept {
            return bad(flag, "used with --no-kept", "it is about the records in kept/");
        }
        if self.annotate && text_fields.iter().any(|name| name == crate::write::ANNOTATION) {
            return bad("--text-field", crate::write::ANNOTATION, "--annotate writes that field");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_nonsense_does_not() {
        let good = MatchConfig::default();
        let banding = good.validate().unwrap();
        assert!(banding.probability(0.5) >= 0.99);
        let wrong = [
            MatchConfig { threshold: 0.0, ..good.clone() },
            MatchConfig { threshold: f64::NAN, ..good.clone() },
            MatchConfig { threshold: 1.5, ..good.clone() },
            MatchConfig { hamming: 9, ..good.clone() },
            MatchConfig { signature: 0, ..good.clone() },
            MatchConfig { banding: BandingChoice::Recall { recall: 1.0 }, ..good.clone() },
            MatchConfig { banding: BandingChoice::Fixed { bands: 64, rows: 4 }, ..good },
        ];
        for config in wrong {
            assert_eq!(config.validate().unwrap_err().exit_code(), 2);
        }
    }
}
