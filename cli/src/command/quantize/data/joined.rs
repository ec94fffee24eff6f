//! Samples of several sources, one after the other.

use demilite::optimize::{Sample, Samples};

/// Sources whose samples alternate, so that those held out come from each.
pub(crate) struct Joined {
    sources: Vec<Box<dyn Samples>>,
    /// For each sample its source and its index there.
    places: Vec<(usize, usize)>,
}

impl Joined {
    pub(super) fn new(sources: Vec<Box<dyn Samples>>) -> Self {
        let counts: Vec<usize> = sources.iter().map(|source| source.count()).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let places = (0..most).flat_map(|index| {
            let counts = counts.iter().enumerate();
            let places = counts.filter(move |(_, count)| index < **count);
            places.map(move |(source, _)| (source, index))
        });
        let places = places.collect();
        Joined { sources, places }
    }
}

impl Samples for Joined {
    fn count(&self) -> usize {
        self.places.len()
    }

    fn sample(&mut self, index: usize) -> Result<Sample, String> {
        let (source, index) = self.places[index];
        self.sources[source].sample(index)
    }
}
