//! Products of matrices of integers.

use demilite_core::op::BatchMatmul;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer;
use demilite_core::{DataType, NodeContext, Reject, Shape};
use demilite_shaders::table::{self, BatchMatmulQuantizedParams};
use demilite_shaders::{Element, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use crate::device::Device;
use crate::elementwise::whole_numbers::whole_numbers;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, rule, word};
use crate::node::geometry::{broadcast_steps, rows};
use crate::node::quantized;
use crate::program::{Dispatch, line};

/// The longest sums whose words do not overflow where they are 64 bits wide.
const LONGEST_SUM: usize = 32_767;

/// The sizes, and what becomes of sums.
pub(in super::super) struct IntegerPlan {
    params: BatchMatmulQuantizedParams,
    /// The elements of the left matrices.
    left_length: usize,
    /// The element of the output.
    element: Element,
}

/// What sums become.
struct Rescaling {
    zero_points: [i32; 2],
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    range: (i32, i32),
}

impl Rescaling {
    fn new(node: &NodeContext<'_>) -> Result<Self, Reject> {
        let (left, right) = (quantized::of_input(node, 0)?, quantized::of_input(node, 1)?);
        let (output_scale, output_zero_point) = layer::per_tensor(node.output(0))?;
        // The product of the scales is in single precision.
        let factor = f64::from(left.0 * right.0) / f64::from(output_scale);
        Ok(Rescaling {
            zero_points: [left.1, right.1],
            multiplier: QuantizedMultiplier::from_factor(factor),
            output_zero_point,
            range: layer::range(node.output(0))?,
        })
    }

    /// Sums that stay what they are; zero points have no part in them.
    fn none() -> Self {
        Rescaling {
            zero_points: [0, 0],
            multiplier: QuantizedMultiplier::default(),
            output_zero_point: 0,
            range: (i32::MIN, i32::MAX),
        }
    }
}

impl IntegerPlan {
    pub(super) fn new(
        op: &BatchMatmul,
        node: &NodeContext<'_>,
        device: &Device,
    ) -> Result<Self, Reject> {
        use DataType::{Int8, Int16, Int32};
        let dtype = |index| Ok::<_, Reject>(node.required(index).map_err(rule)?.dtype);
        let (element, rescaling) = match [dtype(0)?, dtype(1)?, node.output(0).dtype] {
            [Int8, Int8, Int8] => (Element::I8, Rescaling::new(node)?),
            [Int8, Int8, Int32] => (Element::I32, Rescaling::none()),
            [Int16, Int8 | Int16, Int16] => (Element::I16, Rescaling::new(node)?),
            [left, right, output] => {
                return Err(Reject::unsupported(format!(
                    "{left} times {right} to {output}"
                )));
            }
        };
        if element == Element::I16 && rescaling.zero_points != [0, 0] {
            return Err(Reject::invalid(
                "matrices beside int16 ones have zero point 0",
            ));
        }
        let left = check::readable(node, 0, device)?;
        let right = check::readable(node, 1, device)?;
        let product = op.product(left, right).map_err(rule)?;
        let (height, depth, width) = (product.rows, product.depth, product.columns);
        if depth > LONGEST_SUM {
            return Err(Reject::unsupported(format!(
                "sums of {depth} products, and the maximum is {LONGEST_SUM}"
            )));
        }
        // Four columns may be computed one after the other.
        check::iterations(QUAD_ELEMENTS * (2 * depth + 8))?;
        let batch = &product.batch;
        let steps = |shape: &Shape, matrix: usize| -> Vec<usize> {
            let steps = broadcast_steps(&shape.extended(batch.rank()), batch);
            steps.into_iter().map(|step| step * matrix).collect()
        };
        let left_steps = steps(&product.left, height * depth);
        let right_steps = steps(&product.right, depth * width);
        let dims = (0..batch.rank()).map(|dim| [batch[dim], left_steps[dim], right_steps[dim], 0]);
        let (batch, batch_rank) = rows(dims.collect())?;
        let length = check::known_output(node, 0)?.elements();
        check::binding("the output", length, Element::I32, device)?;
        let [left_row_step, left_depth_step] = if op.adj_x { [1, height] } else { [depth, 1] };
        let [right_depth_step, right_column_step] = if op.adj_y { [1, depth] } else { [width, 1] };
        let wide = element == Element::I16;
        let [multiplier, exponent] = quantized::multiplier_words(rescaling.multiplier, wide);
        Ok(IntegerPlan {
            params: BatchMatmulQuantizedParams {
                batch,
                batch_rank,
                length: word(length)?,
                rows: word(height)?,
                depth: word(depth)?,
                columns: word(width)?,
                left_row_step: word(left_row_step)?,
                left_depth_step: word(left_depth_step)?,
                right_depth_step: word(right_depth_step)?,
                right_column_step: word(right_column_step)?,
                left_zero_point: rescaling.zero_points[0],
                right_zero_point: rescaling.zero_points[1],
                multiplier,
                exponent,
                output_zero_point: rescaling.output_zero_point,
                smallest: rescaling.range.0,
                largest: rescaling.range.1,
            },
            left_length: left.elements(),
            element,
        })
    }

    pub(super) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let p = &self.params;
        let stored = lowering.stored_input(node, 0)?;
        let left = match self.element {
            Element::I32 => whole_numbers(stored, self.left_length, 0, lowering)?,
            _ => stored,
        };
        let right = lowering.stored_input(node, 1)?;
        let output = lowering.output_of(node, p.length as usize, self.element)?;
        let is_quads = p.columns.is_multiple_of(QUAD);
        lowering.dispatch(Dispatch {
            kernel: &table::BATCH_MATMUL_QUANTIZED,
            rows: Rows::Aligned,
            constants: vec![
                ("quads", is_quads.into()),
                ("other_quads", (is_quads && p.right_column_step == 1).into()),
                ("wide", (self.element == Element::I16).into()),
                ("rescaled", (self.element != Element::I32).into()),
            ],
            params: p.bytes(),
            output,
            operands: vec![(Role::Input, left), (Role::Weight, right)],
            workgroups: line((p.length as usize).div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}
