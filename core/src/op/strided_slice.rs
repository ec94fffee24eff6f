//! STRIDED_SLICE: every n-th element along each dimension, as arrays are indexed in Python.

use super::Attributes;
use super::version::rank;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, StridedSliceOptions};
use crate::shape::Shape;

/// Inputs: a tensor, and three vectors of one length (int32): where entry `i` begins, where it ends,
/// and its stride. Output: what the entries leave of the tensor.
///
/// Entries stand for the dimensions in order. In each mask, bit `i` is about entry `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StridedSlice {
    /// Entries that begin at the first element, or with a negative stride at the last.
    pub begin_mask: u32,
    /// Entries that end beyond the last element, or with a negative stride before the first.
    pub end_mask: u32,
    /// The entry that stands for as many whole dimensions as the others leave.
    pub ellipsis_mask: u32,
    /// Entries that add a dimension of extent 1.
    pub new_axis_mask: u32,
    /// Entries that take one index and drop the dimension.
    pub shrink_axis_mask: u32,
    /// Whether ends count from the begins.
    pub offset: bool,
}

/// What is taken along one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisSlice {
    /// The input's dimension; `None` for one that is added.
    pub axis: Option<usize>,
    /// The first index.
    pub start: usize,
    /// From one index to the next.
    pub stride: i64,
    /// Number of indices.
    pub extent: usize,
    /// Whether the output has no such dimension.
    pub is_dropped: bool,
}

/// The three vectors; begins may be missing where ends count from them.
#[derive(Debug, Clone, Copy)]
struct Entries<'a> {
    begin: Option<&'a [i64]>,
    end: &'a [i64],
    strides: &'a [i64],
}

impl StridedSlice {
    /// What is taken along each dimension of the input, added ones included.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows it, [`OpError::Shape`] for entries that
    /// do not fit the input.
    pub fn slices(&self, node: &NodeContext<'_>) -> Result<Vec<AxisSlice>, OpError> {
        let (begin, end) = (node.indices(1)?, node.indices(2)?);
        self.resolve(
            node.shape(0)?,
            Entries {
                begin: Some(&begin),
                end: &end,
                strides: &node.indices(3)?,
            },
        )
    }

    fn resolve(&self, input: &Shape, entries: Entries<'_>) -> Result<Vec<AxisSlice>, OpError> {
        let count = entries.end.len();
        let lengths = [
            entries.begin.map_or(count, <[i64]>::len),
            entries.strides.len(),
        ];
        if lengths != [count, count] || count > 31 {
            return Err(OpError::rule(format!(
                "{} begins, {count} ends and {} strides where as many of each are needed, 31 at \
                 most",
                lengths[0], lengths[1]
            )));
        }
        let has = |mask: u32, entry: usize| mask >> entry & 1 == 1;
        let is_ellipsis = |entry: usize| has(self.ellipsis_mask, entry);
        let adds = |entry: usize| !is_ellipsis(entry) && has(self.new_axis_mask, entry);
        let ellipses = (0..count).filter(|&entry| is_ellipsis(entry)).count();
        let named = (0..count)
            .filter(|&entry| !is_ellipsis(entry) && !adds(entry))
            .count();
        let Some(unnamed) = input.rank().checked_sub(named).filter(|_| ellipses <= 1) else {
            return Err(OpError::rule(format!(
                "{named} entries and {ellipses} ellipses for a tensor of shape {input}"
            )));
        };
        let mut slices = Vec::new();
        let mut next = 0;
        let whole = |next: &mut usize| {
            let axis = *next;
            *next += 1;
            AxisSlice {
                axis: Some(axis),
                start: 0,
                stride: 1,
                extent: input[axis],
                is_dropped: false,
            }
        };
        for entry in 0..count {
            if is_ellipsis(entry) {
                slices.extend((0..unnamed).map(|_| whole(&mut next)));
            } else if adds(entry) {
                slices.push(AxisSlice {
                    axis: None,
                    start: 0,
                    stride: 1,
                    extent: 1,
                    is_dropped: false,
                });
            } else {
                slices.push(self.entry(entry, entries, next, input[next])?);
                next += 1;
            }
        }
        while next < input.rank() {
            slices.push(whole(&mut next));
        }
        Ok(slices)
    }

    /// What entry `entry` takes of dimension `axis` of extent `size`.
    fn entry(
        &self,
        entry: usize,
        entries: Entries<'_>,
        axis: usize,
        size: usize,
    ) -> Result<AxisSlice, OpError> {
        let has = |mask: u32| mask >> entry & 1 == 1;
        let stride = entries.strides[entry];
        let is_dropped = has(self.shrink_axis_mask);
        if stride == 0 || stride < 0 && (is_dropped || self.offset) {
            return Err(OpError::rule(format!(
                "entry {entry} has stride {stride}, which does not fit its masks"
            )));
        }
        // A shape fits the address space with its elements, so an extent fits an i64.
        let size = size as i64;
        let range = if stride > 0 {
            (0, size)
        } else {
            (-1, size - 1)
        };
        let clamp = |index: i64| {
            let from_start = if index < 0 { index + size } else { index };
            from_start.clamp(range.0, range.1)
        };
        let (first, beyond) = if stride > 0 {
            (0, size)
        } else {
            (size - 1, -1)
        };
        let slice = |start: i64, length: i64| {
            let extent = length.max(0).unsigned_abs().div_ceil(stride.unsigned_abs());
            AxisSlice {
                axis: Some(axis),
                start: usize::try_from(start).unwrap_or(0),
                stride,
                extent: usize::try_from(extent).unwrap_or(usize::MAX),
                is_dropped,
            }
        };
        let Some(begin) = entries.begin else {
            let length = if is_dropped { 1 } else { entries.end[entry] };
            return Ok(slice(0, length));
        };
        let start = if has(self.begin_mask) {
            first
        } else {
            clamp(begin[entry])
        };
        let end = match (is_dropped, has(self.end_mask)) {
            (true, _) if start < size => start + 1,
            (true, _) => {
                return Err(OpError::rule(format!(
                    "entry {entry} takes index {} of an extent of {size}",
                    begin[entry]
                )));
            }
            (false, true) => beyond,
            (false, false) if self.offset => clamp(start.saturating_add(entries.end[entry])),
            (false, false) => clamp(entries.end[entry]),
        };
        let length = (end - start) * stride.signum();
        if self.offset && !is_dropped && length != entries.end[entry].max(0) {
            return Err(OpError::rule(format!(
                "entry {entry} takes {} elements from {start} of an extent of {size}",
                entries.end[entry]
            )));
        }
        Ok(slice(start, length))
    }
}

impl Attributes for StridedSlice {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, StridedSliceOptions)?;
        Ok(StridedSlice {
            begin_mask: options.begin_mask.cast_unsigned(),
            end_mask: options.end_mask.cast_unsigned(),
            ellipsis_mask: options.ellipsis_mask.cast_unsigned(),
            new_axis_mask: options.new_axis_mask.cast_unsigned(),
            shrink_axis_mask: options.shrink_axis_mask.cast_unsigned(),
            offset: options.offset,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = StridedSliceOptions {
            begin_mask: self.begin_mask.cast_signed(),
            end_mask: self.end_mask.cast_signed(),
            ellipsis_mask: self.ellipsis_mask.cast_signed(),
            new_axis_mask: self.new_axis_mask.cast_signed(),
            shrink_axis_mask: self.shrink_axis_mask.cast_signed(),
            offset: self.offset,
        };
        (
            BuiltinOperator::StridedSlice,
            BuiltinOptions::StridedSliceOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(4..=4, 1..=1)?;
        node.expect_indices(1, "begins")?;
        node.expect_indices(2, "ends")?;
        node.expect_indices(3, "strides")
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            _ if self.offset => 8,
            Some(DataType::UInt32) => 7,
            _ if self.ellipsis_mask != 0 || self.new_axis_mask != 0 => 6,
            Some(DataType::String) => 5,
            _ if rank(node, 0) > 4 => 4,
            Some(DataType::Bool) => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let begin = match node.indices(1) {
            Err(OpError::Unknown { .. }) if self.offset => None,
            begin => Some(begin?),
        };
        let slices = self.resolve(
            node.shape(0)?,
            Entries {
                begin: begin.as_deref(),
                end: &node.indices(2)?,
                strides: &node.indices(3)?,
            },
        )?;
        let kept = slices.iter().filter(|slice| !slice.is_dropped);
        Ok(vec![kept.map(|slice| slice.extent).collect()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: StridedSlice = StridedSlice {
        begin_mask: 0,
        end_mask: 0,
        ellipsis_mask: 0,
        new_axis_mask: 0,
        shrink_axis_mask: 0,
        offset: false,
    };

    /// Start and extent along each dimension, where there are no errors.
    fn taken(
        op: StridedSlice,
        input: &[usize],
        entries: [&[i64]; 3],
    ) -> Option<Vec<(usize, usize)>> {
        let [begin, end, strides] = entries;
        let entries = Entries {
            begin: Some(begin),
            end,
            strides,
        };
        let slices = op.resolve(&Shape::new(input), entries).ok()?;
        Some(
            slices
                .iter()
                .map(|slice| (slice.start, slice.extent))
                .collect(),
        )
    }

    #[test]
    fn indices_count_from_the_end_and_are_clamped() {
        let taken = |begin, end, stride| taken(PLAIN, &[7], [&[begin], &[end], &[stride]]);
        assert_eq!(taken(1, -1, 2), Some(vec![(1, 3)]));
        assert_eq!(taken(-100, 100, 3), Some(vec![(0, 3)]));
        assert_eq!(taken(-1, -100, -1), Some(vec![(6, 7)]));
        assert_eq!(taken(5, 1, -2), Some(vec![(5, 2)]));
        assert_eq!(taken(5, 1, 1), Some(vec![(5, 0)]));
        assert_eq!(taken(0, 7, 0), None);
        assert_eq!(taken(i64::MIN, i64::MAX, i64::MIN), Some(vec![(0, 0)]));
    }

    #[test]
    fn masks_widen_add_and_drop() {
        let op = StridedSlice {
            begin_mask: 0b1,
            end_mask: 0b1,
            ellipsis_mask: 0b10,
            new_axis_mask: 0b100,
            shrink_axis_mask: 0b1000,
            ..PLAIN
        };
        let entries: [&[i64]; 3] = [&[1, 0, 0, -1], &[1, 0, 0, 9], &[-1, 1, 1, 1]];
        let expected = vec![(1, 2), (0, 3), (0, 5), (0, 1), (6, 1)];
        assert_eq!(taken(op, &[2, 3, 5, 7], entries), Some(expected));
        assert_eq!(taken(op, &[7], entries), None);
        let missing: [&[i64]; 3] = [&[1, 0, 0, 7], &[1, 0, 0, 9], &[1, 1, 1, 1]];
        assert_eq!(taken(op, &[2, 7], missing), None);
    }

    #[test]
    fn offsets_count_from_the_begin() {
        let op = StridedSlice {
            offset: true,
            ..PLAIN
        };
        assert_eq!(taken(op, &[7], [&[2], &[3], &[2]]), Some(vec![(2, 2)]));
        assert_eq!(taken(op, &[7], [&[5], &[3], &[1]]), None);
    }
}
