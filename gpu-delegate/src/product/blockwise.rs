//! Products of whole numbers with int4 weights, each block of which has a scale of its own. On the device the weights are the file's
//! own bytes, eight of them a word.

use demilite_core::{Blockwise, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, Conv2dParams, FullyConnectedBlockwiseParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::parts::{channel_parts, join};
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::node::check::{self, word};
use crate::program::{Dispatch, Storage};

/// Weights of a word.
const WORD_WEIGHTS: usize = 8;

/// Quads of output channels of a workgroup, and invocations that share their sums.
const WORKGROUP: [usize; 2] = [8, 8];

/// Rows of a workgroup, where there are several.
const WORKGROUP_ROWS: usize = 4;

/// A product of rows with output channels.
pub(crate) struct BlockwiseProduct {
    rows: usize,
    /// Weights of an output channel, and of one of its blocks.
    depth: usize,
    block: usize,
    /// The constant of the scales.
    scales: TensorId,
    parts: Vec<Channels>,
}

impl BlockwiseProduct {
    /// Checks a product, by the sizes of its convolution, against what the kernel can do.
    pub(crate) fn new(
        sizes: &Conv2dParams,
        blocks: &Blockwise,
        device: &Device,
    ) -> Result<Self, Reject> {
        if !blocks.size.is_multiple_of(WORD_WEIGHTS) {
            return Err(Reject::unsupported(format!(
                "blocks of {} weights, which is not a multiple of {WORD_WEIGHTS}",
                blocks.size
            )));
        }
        let (depth, outputs) = (
            sizes.filter_channels as usize,
            sizes.output_channels as usize,
        );
        let layout = matrix(outputs, depth / WORD_WEIGHTS);
        let product = BlockwiseProduct {
            rows: sizes.positions as usize,
            depth,
            block: blocks.size,
            scales: blocks.scales,
            parts: channel_parts(sizes, layout, Element::I32, device),
        };
        for part in &product.parts {
            let elements = matrix(part.count, depth / WORD_WEIGHTS).elements(0);
            check::binding("the filter", elements, Element::I32, device)?;
            product.workgroups(part.count)?;
        }
        check::iterations(product.iterations())?;
        Ok(product)
    }

    /// Rows of a workgroup.
    fn workgroup_rows(&self) -> usize {
        match self.rows {
            1 => 1,
            _ => WORKGROUP_ROWS,
        }
    }

    /// Workgroups for so many output channels.
    fn workgroups(&self, outputs: usize) -> Result<[u32; 3], Reject> {
        let columns = outputs.div_ceil(QUAD_ELEMENTS * WORKGROUP[0]);
        let rows = self.rows.div_ceil(self.workgroup_rows());
        Ok([check::workgroups(columns)?, check::workgroups(rows)?, 1])
    }

    /// Loop iterations of one invocation, at most.
    fn iterations(&self) -> usize {
        let rows = self.workgroup_rows() + 1;
        let blocks = (self.depth / self.block).div_ceil(WORKGROUP[1]);
        blocks * (self.block / WORD_WEIGHTS + 1) * rows + rows * (WORKGROUP[1] + 2)
    }

    /// Adds the dispatches from rows of whole numbers to their sums.
    pub(crate) fn dispatch(
        &self,
        node: &NodeContext<'_>,
        input: Storage,
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let mut outputs = Vec::new();
        for &channels in &self.parts {
            let part = match channels.is_all() {
                true => output,
                false => lowering.intermediate(self.rows * channels.count, Element::F32)?,
            };
            self.dispatch_part(channels, node, [input, part], lowering)?;
            outputs.push((channels, part));
        }
        if outputs.len() > 1 {
            join(self.rows, &outputs, output, lowering)?;
        }
        Ok(())
    }

    fn dispatch_part(
        &self,
        channels: Channels,
        node: &NodeContext<'_>,
        [input, output]: [Storage; 2],
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let words = self.depth / WORD_WEIGHTS;
        let layout = matrix(channels.count, words);
        let weights = lowering.packed_weights(node, 1, Element::I32, layout, channels)?;
        let layout = matrix(channels.count, self.depth / self.block);
        let scales = lowering.block_scales(self.scales, layout, channels)?;
        let is_aligned = self.rows == 1 || channels.count.is_multiple_of(QUAD_ELEMENTS);
        let params = FullyConnectedBlockwiseParams {
            rows: word(self.rows)?,
            words: word(words)?,
            block_words: word(self.block / WORD_WEIGHTS)?,
            output_channels: word(channels.count)?,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::FULLY_CONNECTED_BLOCKWISE,
            rows: match is_aligned {
                true => Rows::Aligned,
                false => Rows::Scattered,
            },
            constants: vec![
                ("workgroup_quads", word(WORKGROUP[0])?),
                ("workgroup_slices", word(WORKGROUP[1])?),
                ("workgroup_rows", word(self.workgroup_rows())?),
            ],
            params: params.bytes(),
            output,
            operands: vec![
                (Role::Input, input),
                (Role::Weight, weights),
                (Role::Bias, scales),
            ],
            workgroups: self.workgroups(channels.count)?,
        });
        Ok(())
    }
}

/// How words and scales lie: those of all output channels next to each other.
fn matrix(outputs: usize, inputs: usize) -> WeightLayout {
    WeightLayout::Matrix {
        outputs,
        taps: 1,
        inputs,
    }
}
