//! The pages of a run, read again: where they lie, their ids, and everything that scores them.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use rayon::prelude::*;

use super::originals::{Archive, Origin};
use super::run::{ProveOptions, SavedRun, staged};
use crate::cluster::PastedReader;
use crate::config::{MatchBy, SEED};
use crate::error::{Error, ErrorKind, Result};
use crate::frequency::Frequencies;
use crate::pages::{PageId, PageTable, PassageReader, ReadPlan, Sketches, read_pages};
use crate::passage::PassageMaker;
use crate::pipeline;
use crate::progress::{Progress, Stage};
use crate::read::{Corpus, InputFile, PageRecord};
use crate::saved::{damaged, open_file, unread};
use crate::segment::{MarkerTable, Repeats};
use crate::sketch::{Banding, MinHasher, Scheme, SketchPlan};
use crate::verify::Verifier;
use crate::write::Clock;

/// The pages of a finished run, as the run saw them.
pub struct Pages {
    run: SavedRun,
    archive: Archive,
    markers: MarkerTable,
    repeats: Option<Repeats>,
    table: PageTable,
    frequencies: Frequencies,
    /// No pair is ruled out by its sketches here, so there are none.
    sketches: Sketches,
    /// Hash of every id, sorted; by a key that no author of an id knows, and that no result shows.
    ids: Vec<(u64, PageId)>,
    key: RandomState,
}

impl Pages {
    /// Reads the pages of the run in `dir`: from the originals while they are what they were, else
    /// from the run's own files. Cost: hashing the originals, and two passes over the archive.
    ///
    /// # Errors
    /// When the run or its archive cannot be opened.
    pub fn open(dir: &Path, options: &ProveOptions, progress: &dyn Progress) -> Result<Self> {
        let run = SavedRun::open(dir)?;
        let archive = Archive::open(&run, options, progress)?;
        Self::read(run, archive, progress)
    }

    pub(super) fn read(run: SavedRun, archive: Archive, progress: &dyn Progress) -> Result<Self> {
        let matching = &run.matching;
        let mut clock = Clock::start(progress);
        let markers = matching.marker_table()?;
        let corpus = &archive.corpus;
        let repeats = pipeline::count(corpus, matching.scope, &mut clock, progress)?;
        let maker = pipeline::maker(matching, &markers, repeats.as_ref());
        // One slot: nothing is looked for by its sketch.
        let hasher = MinHasher::new(Scheme::Fast, 1, SEED);
        let banding = Banding::within(1, 1, 1).map_err(|error| {
            let (setting, value) = ("--signature", "1".to_owned());
            Error::from(ErrorKind::BadSetting { setting, value, reason: error.to_string() })
        })?;
        let plan = ReadPlan {
            sketch: SketchPlan { hasher, banding, simhash: false },
            long: matching.long_shingle(),
            short: false,
            anchors: false,
            frequencies: false,
            spill: None,
        };
        let bytes: u64 = corpus.files().iter().map(InputFile::len).sum();
        let table = staged(progress, Stage::Sketch, Some(bytes), || {
            let (table, ..) = read_pages(corpus, &maker, &plan, progress)?;
            let pages = table.len() as u64;
            Ok((table, pages))
        })?;
        let frequencies = frequencies(&run)?;
        let key = RandomState::new();
        let mut ids: Vec<(u64, PageId)> = (0..table.len() as PageId)
            .into_par_iter()
            .map(|page| Ok((key.hash_one(table.id_alone(corpus, page)?), page)))
            .collect::<Result<_>>()?;
        ids.par_sort_unstable();
        let sketches = Sketches::default();
        Ok(Self { run, archive, markers, repeats, table, frequencies, sketches, ids, key })
    }

    /// The run.
    pub fn run(&self) -> &SavedRun {
        &self.run
    }

    /// Where the bytes come from.
    pub fn origin(&self) -> Origin {
        self.archive.origin
    }

    /// The archive.
    pub fn corpus(&self) -> &Corpus {
        &self.archive.corpus
    }

    /// Where its pages lie.
    pub fn table(&self) -> &PageTable {
        &self.table
    }

    /// How rare words are, as the run weighed them.
    pub fn frequencies(&self) -> &Frequencies {
        &self.frequencies
    }

    /// Makes the passages that the run has compared.
    pub fn maker(&self) -> PassageMaker<'_> {
        pipeline::maker(&self.run.matching, &self.markers, self.repeats.as_ref())
    }

    /// Scores pairs as the run did. It has no sketches: only [`Verifier::score`] and
    /// [`Verifier::scored`] are for use.
    pub fn verifier<'a>(&'a self, maker: &'a PassageMaker<'a>) -> Verifier<'a> {
        let matching = &self.run.matching;
        Verifier {
            corpus: self.corpus(),
            table: &self.table,
            maker,
            sketches: &self.sketches,
            frequencies: &self.frequencies,
            match_by: matching.match_by,
            long: matching.long_shingle(),
            short: matching.shingle.is_none(),
            threshold: matching.threshold,
        }
    }

    /// Reads what is lost with second stories.
    pub(super) fn pasted_reader<'a>(&'a self, maker: &'a PassageMaker<'a>) -> PastedReader<'a> {
        let reader = PassageReader::new(&self.table, maker, self.corpus().reader());
        PastedReader::new(reader, &self.frequencies)
    }

    /// The record of a page.
    ///
    /// # Errors
    /// When it cannot be read again.
    pub fn record(&self, page: PageId) -> Result<PageRecord<'_>> {
        self.table.record(self.corpus(), page)
    }

    /// The id of a page.
    ///
    /// # Errors
    /// When its record cannot be read again.
    pub fn id(&self, page: PageId) -> Result<String> {
        self.table.id_alone(self.corpus(), page)
    }

    /// The page of an id.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn find(&self, id: &str) -> Result<Option<PageId>> {
        let hash = self.key.hash_one(id);
        let from = self.ids.partition_point(|known| known.0 < hash);
        for &(_, page) in self.ids[from..].iter().take_while(|known| known.0 == hash) {
            if self.id(page)? == id {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    /// The page of an id, or an error that names those most like it.
    ///
    /// # Errors
    /// When there is no such page, or a record cannot be read again.
    pub fn expect(&self, id: &str) -> Result<PageId> {
        if let Some(page) = self.find(id)? {
            return Ok(page);
        }
        let nearest = self.nearest(id)?;
        let reason = if nearest.is_empty() {
            "the run has no page".to_owned()
        } else {
            format!("the run has no such page; the nearest ids are {}", nearest.join(", "))
        };
        Err(ErrorKind::BadSetting { setting: "ID", value: id.to_owned(), reason }.into())
    }

    /// The three ids that are most like `id`.
    fn nearest(&self, id: &str) -> Result<Vec<String>> {
        const NAMED: usize = 3;
        const LONGEST: usize = 200;
        let head = |text: &str| text.chars().take(LONGEST).collect::<String>();
        let wanted = head(id);
        let better =
            |a: &(f64, String), b: &(f64, String)| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1));
        let best = (0..self.table.len() as PageId)
            .into_par_iter()
            .try_fold(Vec::new, |mut best: Vec<(f64, String)>, page| {
                let id = head(&self.id(page)?);
                best.push((strsim::jaro_winkler(&wanted, &id), id));
                best.sort_by(better);
                best.truncate(NAMED);
                Ok::<_, Error>(best)
            })
            .try_reduce(Vec::new, |mut a, b| {
                a.extend(b);
                a.sort_by(better);
                a.truncate(NAMED);
                Ok(a)
            })?;
        Ok(best.into_iter().map(|(_, id)| id).collect())
    }
}

fn frequencies(run: &SavedRun) -> Result<Frequencies> {
    if run.matching.match_by != MatchBy::Reader {
        return Ok(Frequencies::built_in());
    }
    let path = run.dir.join("frequencies.bin.zst");
    let file = open_file(&path).map_err(unread(&path))?;
    let mut packed = zstd::Decoder::new(file).map_err(unread(&path))?;
    Frequencies::read_from(&mut packed).map_err(|error| damaged(path, error.to_string()))
}
