//! Samples of several sources, one after the other.

use std::sync::Arc;

use demilite::optimize::{Sample, Samples};

/// Where samples come from, and what becomes of them.
pub(super) struct Source {
    pub(super) samples: Box<dyn Samples>,
    /// How they become inputs, in words.
    pub(super) preparation: String,
}

/// Sources whose samples alternate, so that those held out come from each.
pub(crate) struct Joined {
    sources: Arc<Vec<Source>>,
    /// For each sample its source and its index there.
    places: Vec<(usize, usize)>,
}

impl Joined {
    /// The samples of each source from `first` on, at most so many.
    pub(super) fn new(sources: Vec<Source>, first: usize, most: usize) -> Self {
        let counts = sources.iter().map(|source| {
            let left = source.samples.count().saturating_sub(first);
            left.min(most)
        });
        let counts: Vec<usize> = counts.collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let places = (0..most).flat_map(|index| {
            let counts = counts.iter().enumerate();
            let places = counts.filter(move |(_, count)| index < **count);
            places.map(move |(source, _)| (source, first + index))
        });
        let places = places.collect();
        Joined {
            sources: Arc::new(sources),
            places,
        }
    }

    /// Every second sample of each source, so many at most, and all others.
    pub(crate) fn split(self, most: usize) -> [Self; 2] {
        let (mut some, mut others) = (Vec::new(), Vec::new());
        for (source, index) in self.places {
            match index % 2 == 0 && some.len() < most {
                true => some.push((source, index)),
                false => others.push((source, index)),
            }
        }
        [some, others].map(|places| Joined {
            sources: Arc::clone(&self.sources),
            places,
        })
    }

    /// How samples become inputs, in words.
    pub(crate) fn preparation(&self) -> String {
        let mut words: Vec<&str> = Vec::new();
        for source in self.sources.iter() {
            if !words.contains(&source.preparation.as_str()) {
                words.push(&source.preparation);
            }
        }
        words.join("; ")
    }

    /// The index that a sample has in its source.
    pub(crate) fn index_in_source(&self, index: usize) -> usize {
        self.places[index].1
    }

    /// The samples of all sources, those that are left out among them.
    pub(crate) fn count_in_sources(&self) -> usize {
        let sources = self.sources.iter();
        sources.map(|source| source.samples.count()).sum()
    }
}

impl Samples for Joined {
    fn count(&self) -> usize {
        self.places.len()
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        let (source, index) = self.places[index];
        self.sources[source].samples.sample(index)
    }

    fn name(&self, index: usize) -> String {
        let (source, index) = self.places[index];
        self.sources[source].samples.name(index)
    }
}

#[cfg(test)]
mod tests {
    use demilite::optimize::Sample;

    use super::{Joined, Source};

    #[test]
    fn each_source_is_split() {
        let source = |count| Source {
            samples: Box::new(vec![Sample::ordered(Vec::new()); count]),
            preparation: String::new(),
        };
        let [some, others] = Joined::new(vec![source(4), source(3)], 0, 9).split(3);
        assert_eq!(some.places, [(0, 0), (1, 0), (0, 2)]);
        assert_eq!(others.places, [(0, 1), (1, 1), (1, 2), (0, 3)]);
    }
}
