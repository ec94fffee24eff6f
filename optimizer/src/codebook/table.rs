//! The values of a constant, and for each element which of them it has.

use demilite_core::{DataType, Quantization, Tensor};

use super::indices::pack;

/// The most values of a table: those that indices of 7 bits tell apart.
const MOST: usize = 128;

/// The values of a constant.
#[derive(Debug)]
pub(super) struct Table {
    /// The bytes of each value, ascending as bytes, for the tensor or for each of its channels.
    values: Vec<Vec<Vec<u8>>>,
    /// For each element the place of its value in the table of its channel.
    indices: Vec<u8>,
    element_bytes: usize,
}

impl Table {
    /// The table of a dense constant; `None` where it has too many values, and for types and channels that tflite-micro has no tables for.
    pub(super) fn of(tensor: &Tensor) -> Option<Self> {
        let element_bytes = match tensor.dtype {
            DataType::Int8 => 1,
            DataType::Int16 => 2,
            DataType::Float32 | DataType::Int32 => 4,
            _ => return None,
        };
        let bytes = tensor.constant_view()?.bytes();
        let quantization = tensor.quantization.as_ref();
        let per_channel = quantization.filter(|quantization| quantization.scale.len() > 1);
        let last = tensor.shape.rank().checked_sub(1)?;
        let channels: Vec<usize> = match per_channel {
            None => vec![0; bytes.len() / element_bytes],
            // Channels are the first dimension or the fourth.
            Some(Quantization {
                quantized_dimension: dimension,
                ..
            }) if *dimension == 0 || (*dimension == 3 && last == 3) => {
                per_channel?.slices(&tensor.shape).collect()
            }
            Some(_) => return None,
        };
        let count = channels.iter().max()? + 1;
        let mut values: Vec<Vec<Vec<u8>>> = vec![Vec::new(); count];
        for (element, &channel) in std::iter::zip(bytes.chunks_exact(element_bytes), &channels) {
            let table = &mut values[channel];
            if let Err(place) = table.binary_search_by(|value| value.as_slice().cmp(element)) {
                if table.len() == MOST {
                    return None;
                }
                table.insert(place, element.to_vec());
            }
        }
        let elements = std::iter::zip(bytes.chunks_exact(element_bytes), &channels);
        let indices = elements.filter_map(|(element, &channel)| {
            let place = values[channel].binary_search_by(|value| value.as_slice().cmp(element));
            place.ok().map(|place| place as u8)
        });
        Some(Table {
            indices: indices.collect(),
            values,
            element_bytes,
        })
    }

    /// How many tables there are.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    /// Bits of an index.
    pub(super) fn bits(&self) -> usize {
        let most = self.values.iter().map(Vec::len).max().unwrap_or(0);
        (most.max(2) - 1).ilog2() as usize + 1
    }

    /// The indices.
    pub(super) fn packed(&self) -> Vec<u8> {
        pack(&self.indices, self.bits())
    }

    /// The tables, each with as many values as indices tell apart; zeros fill what is left.
    pub(super) fn values(&self) -> Vec<u8> {
        let stride = (1 << self.bits()) * self.element_bytes;
        let tables = self.values.iter().flat_map(|table| {
            let mut values = table.concat();
            values.resize(stride, 0);
            values
        });
        tables.collect()
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::Constant;

    use super::*;

    fn int8<const RANK: usize>(
        shape: [usize; RANK],
        elements: &[u8],
        quantization: Quantization,
    ) -> Tensor {
        let tensor = Tensor::new("weights", DataType::Int8, shape).quantized(quantization);
        tensor.with_constant(Constant::copied(elements))
    }

    #[test]
    fn each_channel_has_a_table() {
        let elements = [2, 4, 4, 10, 1, 7, 99, 10, 2, 4];
        let quantization = Quantization::per_axis([1.0, 1.0], 0);
        let table = Table::of(&int8([2, 5], &elements, quantization)).unwrap();
        assert_eq!((table.count(), table.bits()), (2, 3));
        assert_eq!(
            table.values(),
            [1, 2, 4, 10, 0, 0, 0, 0, 2, 4, 7, 10, 99, 0, 0, 0]
        );
        assert_eq!(table.indices, [1, 2, 2, 3, 0, 2, 4, 3, 0, 1]);
    }

    #[test]
    fn channels_of_depthwise_weights_are_the_last_dimension() {
        let quantization = |dimension| Quantization::per_axis([1.0, 1.0], dimension);
        let elements = [3, 8, 4, 8, 3, 9, 3, 9];
        let table = Table::of(&int8([1, 2, 2, 2], &elements, quantization(3))).unwrap();
        assert_eq!((table.count(), table.bits()), (2, 1));
        assert_eq!(table.values(), [3, 4, 8, 9]);
        assert_eq!(table.indices, [0, 0, 1, 0, 0, 1, 0, 1]);
        for other in [1, 2] {
            assert!(Table::of(&int8([1, 2, 2, 2], &elements, quantization(other))).is_none());
        }
    }

    #[test]
    fn a_tensor_with_one_scale_has_one_table() {
        let table = Table::of(&int8(
            [1, 4],
            &[5, 5, 9, 5],
            Quantization::per_tensor(1.0, 0),
        ));
        let table = table.unwrap();
        assert_eq!(
            (table.count(), table.bits(), table.values()),
            (1, 1, vec![5, 9])
        );
        assert_eq!(table.packed(), [0b0010_0000]);
    }

    #[test]
    fn too_many_values_have_no_table() {
        let elements: Vec<u8> = (0..129).collect();
        assert!(Table::of(&int8([1, 129], &elements, Quantization::per_tensor(1.0, 0))).is_none());
        assert!(
            Table::of(&int8(
                [1, 128],
                &elements[1..],
                Quantization::per_tensor(1.0, 0)
            ))
            .is_some()
        );
    }
}
