//! How the elements of a weight tensor are ordered on the device.

use demilite_shaders::QUAD_ELEMENTS;

/// An order of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum WeightLayout {
    /// As in the file.
    File,
    /// From `[output channel][tap][input channel]` to `[tap][input channel][output channel]`, both channel counts padded with
    /// zeros to whole quads.
    Matrix {
        /// Output channels.
        outputs: usize,
        /// Taps.
        taps: usize,
        /// Input channels of each group.
        inputs: usize,
    },
    /// From `[output channel][tap][input channel]` to `[tap][four input channels][output channel]`, both channel counts padded
    /// with zeros to whole quads: the four bytes of a word belong to one output channel.
    Words {
        /// Output channels.
        outputs: usize,
        /// Taps.
        taps: usize,
        /// Input channels of each group.
        inputs: usize,
    },
}

/// Output channels of a layer that are next to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Channels {
    /// The first of them.
    pub(crate) first: usize,
    /// How many they are.
    pub(crate) count: usize,
    /// How many the layer has.
    pub(crate) all: usize,
}

impl Channels {
    /// All channels of a layer.
    pub(crate) fn all(all: usize) -> Self {
        Channels {
            first: 0,
            count: all,
            all,
        }
    }

    /// Whether no channel of the layer is missing.
    pub(crate) fn is_all(self) -> bool {
        self.count == self.all
    }

    /// What belongs to them, where elements are ordered by output channel before anything else.
    pub(crate) fn slice<T>(self, elements: &[T]) -> &[T] {
        let each = elements.len() / self.all.max(1);
        &elements[self.first * each..(self.first + self.count) * each]
    }
}

impl WeightLayout {
    /// The same order with another number of output channels.
    pub(crate) fn with_outputs(self, outputs: usize) -> Self {
        match self {
            WeightLayout::File => WeightLayout::File,
            WeightLayout::Matrix { taps, inputs, .. } => WeightLayout::Matrix {
                outputs,
                taps,
                inputs,
            },
            WeightLayout::Words { taps, inputs, .. } => WeightLayout::Words {
                outputs,
                taps,
                inputs,
            },
        }
    }

    /// Elements on the device, for `elements` in the file.
    pub(crate) fn elements(self, elements: usize) -> usize {
        match self {
            WeightLayout::File => elements,
            WeightLayout::Matrix {
                outputs,
                taps,
                inputs,
            }
            | WeightLayout::Words {
                outputs,
                taps,
                inputs,
            } => {
                taps * inputs.next_multiple_of(QUAD_ELEMENTS)
                    * outputs.next_multiple_of(QUAD_ELEMENTS)
            }
        }
    }

    /// Reorders `file`, elements of any type; none if they stay as they are.
    pub(crate) fn apply<T: Copy + Default>(self, file: &[T]) -> Option<Vec<T>> {
        let (outputs, taps, inputs, depth) = match self {
            WeightLayout::File => return None,
            WeightLayout::Matrix {
                outputs,
                taps,
                inputs,
            } => (outputs, taps, inputs, 1),
            WeightLayout::Words {
                outputs,
                taps,
                inputs,
            } => (outputs, taps, inputs, QUAD_ELEMENTS),
        };
        let mut device = vec![T::default(); self.elements(file.len())];
        let row = outputs.next_multiple_of(QUAD_ELEMENTS);
        let padded_inputs = inputs.next_multiple_of(QUAD_ELEMENTS);
        for (output, filter) in file.chunks_exact(taps * inputs).enumerate() {
            for (tap, channels) in filter.chunks_exact(inputs).enumerate() {
                for (input, &element) in channels.iter().enumerate() {
                    let block = (tap * padded_inputs + input) / depth * row;
                    device[(block + output) * depth + input % depth] = element;
                }
            }
        }
        Some(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_channels_come_last_and_are_padded() {
        let layout = WeightLayout::Matrix {
            outputs: 3,
            taps: 2,
            inputs: 1,
        };
        let device = layout.apply(&[1_u16, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(layout.elements(6), device.len());
        assert_eq!(device.len(), 32);
        assert_eq!(device[..4], [1, 3, 5, 0]);
        assert_eq!(device[16..20], [2, 4, 6, 0]);
        assert_eq!(
            device
                .iter()
                .map(|&element| u32::from(element))
                .sum::<u32>(),
            21
        );
    }

    #[test]
    fn words_hold_four_input_channels() {
        let layout = WeightLayout::Words {
            outputs: 2,
            taps: 1,
            inputs: 5,
        };
        let device = layout.apply(&[1_u8, 2, 3, 4, 5, 6, 7, 8, 9, 10]).unwrap();
        assert_eq!(device.len(), 32);
        assert_eq!(device[..8], [1, 2, 3, 4, 6, 7, 8, 9]);
        assert_eq!(device[16..24], [5, 0, 0, 0, 10, 0, 0, 0]);
    }

    #[test]
    fn the_order_of_the_file_needs_no_copy() {
        assert_eq!(WeightLayout::File.apply(&[1_u16]), None);
    }
}
