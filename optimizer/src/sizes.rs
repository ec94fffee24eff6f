//! What a model weighs where it is stored and sent: as it is, and compressed.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use demilite_core::Model;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::place::TensorPlace;

/// How hard Zstandard tries; 19 is the most that takes no more memory to unpack.
const ZSTD_LEVEL: i32 = 19;

/// Bytes of a model, as a whole and by what they are of.
///
/// ```
/// use demilite_core::Model;
/// use demilite_optimizer::Sizes;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bytes = demilite_models::shapes::INT8;
/// let sizes = Sizes::of(&Model::from_static(bytes, "shapes")?, bytes)?;
/// assert!(sizes.file.gzip < sizes.file.plain);
/// // 8-bit weights tell fewer than 8 bits each.
/// assert!(sizes.tensors[0].entropy < 8.0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sizes {
    /// The file.
    pub file: Compressed,
    /// The constants by the operator that reads them first, the largest first.
    pub ops: Vec<OpSize>,
    /// The constants, the largest first.
    pub tensors: Vec<TensorSize>,
}

/// Bytes as they are, and compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Compressed {
    /// As they are.
    pub plain: u64,
    /// As gzip packs them at level 9.
    pub gzip: u64,
    /// As Zstandard packs them at level 19.
    pub zstd: u64,
}

/// The constants that an operator reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OpSize {
    /// The operator; empty of constants that nothing reads.
    pub op: String,
    /// How many constants.
    pub tensors: usize,
    /// Their bytes, each compressed by itself.
    pub bytes: Compressed,
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TensorSize {
    /// The constant.
    pub tensor: TensorPlace,
    /// The operator that reads it first; empty where nothing does.
    pub op: String,
    /// Its type.
    pub dtype: &'static str,
    /// Its elements.
    pub elements: usize,
    /// Its bytes, compressed by themselves.
    pub bytes: Compressed,
    /// What an element tells, in bits, when each is coded by itself: the entropy of their distribution, after Shannon. Of packed elements
    /// it is that of their bytes.
    pub entropy: f64,
    /// Different elements.
    pub distinct: usize,
    /// The share of elements whose bits are all zero.
    pub zeros: f64,
}

impl Sizes {
    /// The sizes of a model whose file has these bytes.
    ///
    /// # Errors
    /// That of a compressor that lacks memory.
    pub fn of(model: &Model, file: &[u8]) -> io::Result<Self> {
        let mut tensors = Vec::new();
        for (index, graph) in model.graphs().iter().enumerate() {
            for id in (0..graph.tensors().len()).map(demilite_core::TensorId) {
                let tensor = graph.tensor(id);
                let Some(constant) = &tensor.constant else {
                    continue;
                };
                let bytes = constant.bytes();
                let reader = graph.consumers(id).first();
                let width = tensor.dtype.bits().map_or(1, |bits| (bits / 8).max(1));
                let counts = counts(bytes, width);
                let all = counts.values().sum::<u64>().max(1);
                tensors.push(TensorSize {
                    tensor: TensorPlace::new(index, graph, id),
                    op: reader.map_or_else(String::new, |&id| graph.node(id).op.name().to_owned()),
                    dtype: tensor.dtype.name(),
                    elements: tensor.shape.elements(),
                    bytes: Compressed::of(bytes)?,
                    entropy: entropy(&counts),
                    distinct: counts.len(),
                    zeros: counts.get(&vec![0; width][..]).copied().unwrap_or(0) as f64
                        / all as f64,
                });
            }
        }
        tensors.sort_by_key(|tensor| std::cmp::Reverse(tensor.bytes.plain));
        let mut by_op: BTreeMap<&str, OpSize> = BTreeMap::new();
        for tensor in &tensors {
            let op = by_op.entry(&tensor.op).or_insert_with(|| OpSize {
                op: tensor.op.clone(),
                tensors: 0,
                bytes: Compressed::default(),
            });
            op.tensors += 1;
            op.bytes.plain += tensor.bytes.plain;
            op.bytes.gzip += tensor.bytes.gzip;
            op.bytes.zstd += tensor.bytes.zstd;
        }
        let mut ops: Vec<OpSize> = by_op.into_values().collect();
        ops.sort_by_key(|op| std::cmp::Reverse(op.bytes.plain));
        Ok(Sizes {
            file: Compressed::of(file)?,
            ops,
            tensors,
        })
    }
}

impl Compressed {
    /// The sizes of these bytes.
    ///
    /// # Errors
    /// That of a compressor that lacks memory.
    pub fn of(bytes: &[u8]) -> io::Result<Self> {
        Ok(Compressed {
            plain: bytes.len() as u64,
            gzip: gzipped(bytes)? as u64,
            zstd: zstd::bulk::compress(bytes, ZSTD_LEVEL)?.len() as u64,
        })
    }
}

/// The bytes that gzip makes of these at level 9.
pub(crate) fn gzipped(bytes: &[u8]) -> io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// How often each element occurs, by its bytes.
fn counts(bytes: &[u8], width: usize) -> HashMap<&[u8], u64> {
    let mut counts = HashMap::new();
    for element in bytes.chunks_exact(width) {
        *counts.entry(element).or_default() += 1;
    }
    counts
}

/// The entropy of a distribution, in bits.
fn entropy(counts: &HashMap<&[u8], u64>) -> f64 {
    let mut counts: Vec<u64> = counts.values().copied().collect();
    // Sums of floats depend on their order, and that of the map is another each time.
    counts.sort_unstable();
    let all = counts.iter().sum::<u64>() as f64;
    let terms = counts.iter().map(|&count| {
        let share = count as f64 / all;
        -share * share.log2()
    });
    terms.sum::<f64>().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_even_tells_most_and_what_is_the_same_nothing() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(entropy(&counts(&all, 1)), 8.0);
        assert_eq!(entropy(&counts(&[7; 100], 1)), 0.0);
        let three_of_four = entropy(&counts(&[0, 1, 0, 1, 0, 1, 0, 2], 2));
        assert!(
            (three_of_four - 0.811_278_124_459).abs() < 1e-9,
            "{three_of_four}"
        );
        assert_eq!(entropy(&counts(&[], 1)), 0.0);
    }

    #[test]
    fn what_repeats_is_packed() {
        let sizes = Compressed::of(&[5; 10_000]).unwrap();
        assert_eq!(sizes.plain, 10_000);
        assert!(sizes.gzip < 100 && sizes.zstd < 100, "{sizes:?}");
        let nothing = Compressed::of(&[]).unwrap();
        assert_eq!(nothing.plain, 0);
    }
}
