//! Ops that fold slices into the slices of their output that coordinates name.

use demilite_core::{NodeContext, Reject, Shape};
use demilite_shaders::table::{self, ScatterParams};
use demilite_shaders::{Element, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::indices::Indices;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved, word};
use crate::node::geometry::rows;
use crate::program::{Dispatch, line};

/// Comparisons of coordinates that a dispatch may make: each element of the output looks at all slices.
const MAX_COMPARISONS: usize = 1 << 30;

/// What becomes of the slices that fall together.
#[derive(Clone, Copy)]
pub(crate) enum Fold {
    /// Their sum.
    Sum,
    /// Their product.
    Product,
    /// The greatest elements.
    Greatest,
    /// The least elements.
    Least,
    /// Whether one is true.
    Any,
}

/// Checks that each element of the output can look at the coordinates of `count` slices.
pub(crate) fn comparisons(count: usize, output: &Shape) -> Result<(), Reject> {
    check::iterations(QUAD_ELEMENTS * count * (1 + output.rank()))?;
    if count.saturating_mul(output.elements()) <= MAX_COMPARISONS {
        return Ok(());
    }
    Err(Reject::unsupported(format!(
        "{count} slices into an output of shape {output}: each element looks at all of them"
    )))
}

/// A node that scatters slices.
pub(crate) struct Scatter {
    params: ScatterParams,
    moved: Moved,
    /// The input that holds the slices.
    slices: usize,
    coordinates: Indices,
    fold: Fold,
}

impl Scatter {
    /// Slices of input `slices`, whose coordinates name the first `named` dimensions of the output.
    pub(crate) fn new(
        node: &NodeContext<'_>,
        device: &Device,
        slices: usize,
        coordinates: Indices,
        named: usize,
        fold: Fold,
    ) -> Result<Self, Reject> {
        let moved = check::moved(node, [slices], device)?;
        if moved.count() != 1 && !matches!(fold, Fold::Sum) {
            return Err(check::no_kernel(node));
        }
        let output = check::known_output(node, 0)?;
        let (outer, inner) = output.split_at(named);
        let steps = Shape::from(outer.to_vec()).strides();
        // Rows are innermost first, coordinates outermost first.
        let dims = std::iter::zip(outer, steps).rev();
        let (dims, named) = rows(dims.map(|(&extent, step)| [extent, step, 0, 0]).collect())?;
        let count = coordinates.count() / (named as usize).max(1);
        comparisons(count, output)?;
        Ok(Scatter {
            params: ScatterParams {
                dims,
                named,
                length: word(output.elements() * moved.count())?,
                inner: word(inner.iter().product::<usize>())?,
                count: word(count)?,
            },
            moved,
            slices,
            coordinates,
            fold,
        })
    }

    /// Adds the dispatch.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = self.params.length as usize;
        let coordinates = self.coordinates.lower(node, lowering)?;
        // Where no slice falls lies the least or the greatest 32-bit float.
        let is_single =
            matches!(self.moved, Moved::Float) && matches!(self.fold, Fold::Greatest | Fold::Least);
        let (input, output) = if is_single {
            let input = lowering.single_input(node, self.slices)?;
            (input, lowering.output_of(node, length, Element::F32)?)
        } else {
            let input = lowering.moved_input(node, self.slices, self.moved)?;
            let output = lowering.moved_output(node, 0, length, self.moved)?;
            (input, output)
        };
        let quads = self.params.inner.is_multiple_of(QUAD);
        let folds = vec![("quads", quads.into()), ("fold", self.fold as u32)];
        let (kernel, constants) = match self.moved {
            Moved::Float => (&table::SCATTER_FLOAT, folds),
            Moved::Bits(_, 1) => (&table::SCATTER_INTEGER, folds),
            Moved::Bits(..) => (&table::SCATTER_INT64, Vec::new()),
        };
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params: self.params.bytes(),
            output,
            operands: vec![(Role::Input, input), (Role::Weight, coordinates)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}
