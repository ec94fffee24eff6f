//! What the dispatches of each node move.

use std::collections::BTreeSet;

use demilite_core::LedgerEntry;

use super::{Dispatch, Place, ProgramBuilder, Tensor};

/// Of each tensor the first and the last dispatch that read it.
type Readers = Vec<Option<(usize, usize)>>;

impl ProgramBuilder {
    /// An entry for each run of dispatches of one node.
    pub(super) fn ledger(&self) -> Vec<LedgerEntry> {
        let readers = self.readers();
        let mut first = 0;
        let groups = self.nodes.chunk_by(|a, b| a == b);
        let entries = groups.map(|group| {
            let entry = self.entry(first, first + group.len(), &readers);
            first += group.len();
            entry
        });
        entries.collect()
    }

    fn readers(&self) -> Readers {
        let mut readers: Readers = vec![None; self.tensors.len()];
        for (at, dispatch) in self.dispatches.iter().enumerate() {
            for tensor in read_by(dispatch) {
                let first = readers[tensor].map_or(at, |(first, _)| first);
                readers[tensor] = Some((first, at));
            }
        }
        // What is read when all dispatches are done.
        let end = self.dispatches.len();
        let afterwards = (self.outputs.iter())
            .chain(self.checks.iter().map(|(tensor, ..)| tensor))
            .chain(self.copies.iter().map(|(tensor, _)| tensor))
            .chain(self.kept.iter().map(|(tensor, _)| tensor));
        for storage in afterwards {
            let first = readers[storage.tensor].map_or(end, |(first, _)| first);
            readers[storage.tensor] = Some((first, end));
        }
        readers
    }

    /// What the dispatches from `first` up to `end` move.
    fn entry(&self, first: usize, end: usize, readers: &Readers) -> LedgerEntry {
        let dispatches = &self.dispatches[first..end];
        let least = |tensor: &usize| self.tensors[*tensor].least_bytes;
        let read = |dispatch| -> u64 {
            let tensors = read_by(dispatch).into_iter();
            tensors.map(|tensor| self.tensors[tensor].bytes()).sum()
        };
        let placed = |at: &usize| self.placed.get(at).copied();
        let output = |at: usize| self.dispatches[at].output.tensor;
        let written = |at: usize| placed(&at).unwrap_or(self.tensors[output(at)].bytes());
        // Of a tensor of several parts each is another dispatch's.
        let parts: u64 = (first..end).filter_map(|at| placed(&at)).sum();
        let whole = (first..end).filter(|at| placed(at).is_none());
        let writes: BTreeSet<usize> = whole.map(output).collect();
        let reads: BTreeSet<usize> = dispatches.iter().flat_map(read_by).collect();
        let is_seen_outside = |tensor: &&usize| {
            let Tensor { place, .. } = &self.tensors[**tensor];
            let is_read = readers[**tensor]
                .is_some_and(|(first_reader, last)| first_reader < first || last >= end);
            is_read || matches!(place, Place::Own(_))
        };
        LedgerEntry {
            node: self.nodes[first],
            kernels: dispatches.iter().map(|each| each.kernel.name).collect(),
            read_bytes: dispatches.iter().map(read).sum(),
            written_bytes: (first..end).map(written).sum(),
            least_bytes: parts
                + reads.difference(&writes).map(least).sum::<u64>()
                + writes
                    .iter()
                    .filter(is_seen_outside)
                    .map(least)
                    .sum::<u64>(),
        }
    }
}

/// The tensors that a dispatch reads.
fn read_by(dispatch: &Dispatch) -> BTreeSet<usize> {
    let operands = dispatch.operands.iter();
    operands.map(|(_, storage)| storage.tensor).collect()
}
