//! Weights as indices into tables, read back as tflite-micro reads them.

use std::collections::BTreeMap;

use demilite_core::{DataType, Model, schema};
use demilite_optimizer::{Clusterer, Codebooks, Mode, Recipe};

use crate::toy::{calibrated, shapes, tensor};

/// A table of a FlatBuffer.
#[derive(Clone, Copy)]
struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Table<'a> {
    fn root(bytes: &'a [u8]) -> Self {
        let at = word(bytes, 0);
        Table { bytes, at }
    }

    /// Where a field lies.
    fn field(self, slot: usize) -> usize {
        let vtable = self.at as i64 - i64::from(word(self.bytes, self.at) as i32);
        let place = vtable as usize + 4 + 2 * slot;
        let offset = u16::from_le_bytes([self.bytes[place], self.bytes[place + 1]]);
        assert_ne!(offset, 0, "field {slot} is absent");
        self.at + usize::from(offset)
    }

    fn number(self, slot: usize) -> usize {
        word(self.bytes, self.field(slot))
    }

    fn byte(self, slot: usize) -> usize {
        self.bytes[self.field(slot)].into()
    }

    fn tables(self, slot: usize) -> Vec<Self> {
        let field = self.field(slot);
        let vector = field + word(self.bytes, field);
        let elements = (0..word(self.bytes, vector)).map(|index| vector + 4 + 4 * index);
        elements
            .map(|element| Table {
                bytes: self.bytes,
                at: element + word(self.bytes, element),
            })
            .collect()
    }
}

/// Four bytes, the least significant first.
fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// The bytes of the elements of each tensor that a file of one graph stores as indices, by the tensor's name.
fn decoded(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let file = schema::read(bytes).unwrap();
    let (buffers, graphs) = (file.buffers.unwrap(), file.subgraphs.unwrap());
    let data = |buffer: u32| buffers[buffer as usize].data.unwrap();
    let mut entries = file.metadata.iter().flatten();
    let entry = entries.find(|entry| entry.name.as_deref() == Some("COMPRESSION_METADATA"));
    let root = Table::root(data(entry.unwrap().buffer));
    assert_eq!(root.number(0), 1, "the version of the schema");
    let of_graphs = root.tables(1);
    assert_eq!((of_graphs.len(), graphs.len()), (1, 1));
    let tensors = of_graphs[0].tables(0).into_iter().map(|entry| {
        let tensor = &graphs[0].tensors.as_ref().unwrap()[entry.number(0)];
        let (values, bits) = (data(entry.number(1) as u32), entry.byte(2));
        let element_bytes = if tensor.tensor_type == 0 { 4 } else { 1 };
        let shape = tensor.shape.as_ref().unwrap();
        let shape: Vec<usize> = shape.iter().map(|&extent| extent as usize).collect();
        let quantization = tensor.quantization.as_ref();
        let scales = quantization.and_then(|quantization| quantization.scale.as_ref());
        let channels = scales.map_or(1, Vec::len);
        let dimension = quantization.map_or(0, |each| each.quantized_dimension as usize);
        let stride = values.len() / channels;
        assert_eq!(stride, element_bytes << bits);
        let inner: usize = shape[dimension + 1..].iter().product();
        let elements: usize = shape.iter().product();
        let indices = data(tensor.buffer);
        assert_eq!(indices.len(), (elements * bits).div_ceil(8));
        let bit = |at: usize| usize::from(indices[at / 8] >> (7 - at % 8) & 1);
        let bytes = (0..elements).flat_map(|element| {
            let start = element * bits;
            let index = (start..start + bits).fold(0, |index, at| index << 1 | bit(at));
            let channel = element / inner % shape[dimension] % channels;
            let at = channel * stride + index * element_bytes;
            values[at..at + element_bytes].to_vec()
        });
        (tensor.name.clone().unwrap(), bytes.collect())
    });
    tensors.collect()
}

/// Says that a file decodes to the constants of a model, and nothing of them is left in it.
fn holds(codebooks: &Codebooks, model: &Model) {
    let decoded = decoded(&codebooks.bytes);
    assert!(decoded.len() > 1);
    assert_eq!(decoded.len(), codebooks.constants.len());
    for constant in &codebooks.constants {
        let name = &constant.tensor.name;
        let (id, tensor) = tensor(model, name);
        assert_eq!(id.0, constant.tensor.tensor);
        let bytes = tensor.constant_view().unwrap().bytes();
        assert!(decoded[name] == bytes, "{name}");
        assert_eq!(constant.bytes_before, bytes.len());
    }
    let sum = |bytes: fn(&demilite_optimizer::Codebook) -> usize| -> usize {
        codebooks.constants.iter().map(bytes).sum()
    };
    let saved = sum(|each| each.bytes_before) - sum(|each| each.bytes_after);
    let plain = model.to_bytes().unwrap().len();
    // The metadata and two buffers for each tensor, with what aligns them.
    let described = 256 + 128 * codebooks.constants.len();
    assert!(
        codebooks.bytes.len() + saved <= plain + described,
        "{} {saved} {plain}",
        codebooks.bytes.len()
    );
}

#[test]
fn floats_of_a_layer_have_one_table() {
    for (clusters, bits) in [(2, 1), (5, 3), (16, 4), (128, 7)] {
        let clusterer = Clusterer::new(shapes()).clusters(clusters);
        let model = clusterer.finish().unwrap().model;
        let codebooks = Codebooks::of(&model).unwrap();
        let constants = &codebooks.constants;
        assert!(constants.iter().all(|constant| constant.tables == 1));
        assert_eq!(
            constants.iter().map(|constant| constant.bits).max(),
            Some(bits)
        );
        holds(&codebooks, &model);
    }
}

#[test]
fn integers_of_a_channel_have_a_table_for_it() {
    let clusterer = Clusterer::new(shapes()).clusters(16).per_channel(true);
    let clustered = clusterer.finish().unwrap().model;
    for mode in [Mode::Dynamic, Mode::Int8] {
        let model = calibrated(clustered.clone(), Recipe::new(mode))
            .unwrap()
            .model;
        let codebooks = Codebooks::of(&model).unwrap();
        for constant in &codebooks.constants {
            let tensor = tensor(&model, &constant.tensor.name).1;
            let scales = tensor.quantization.as_ref().unwrap().scale.len();
            assert_eq!(tensor.dtype, DataType::Int8);
            assert!(scales > 1 && constant.tables == scales && constant.bits <= 4);
        }
        holds(&codebooks, &model);
    }
}

#[test]
fn weights_of_many_values_have_no_table() {
    let error = Codebooks::of(&shapes()).unwrap_err().to_string();
    assert!(
        error.contains("cluster them for a layer, not for each channel"),
        "{error}"
    );
}

#[test]
fn a_runtime_without_tables_refuses_the_file() {
    let clustered = Clusterer::new(shapes()).finish().unwrap().model;
    let codebooks = Codebooks::of(&clustered).unwrap();
    let error = Model::from_bytes(&codebooks.bytes, "codebook").unwrap_err();
    assert!(error.to_string().contains("bytes"), "{error}");
}
