//! AVERAGE_POOL_2D and MAX_POOL_2D.

mod pooling;

use demilite_core::geometry::{Extent, Place, Window};
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{self, Activation, nhwc};
use demilite_core::quantization::layer::quantized_clamp;
use demilite_core::{DataType, Element, NodeContext};
use demilite_executor::{KernelIo, Prepared, Unprepared};
use pooling::{FloatMean, Greatest, GreatestFloat, Mean, MeanOfFew, Pooling};

use crate::elementwise::integer::Integer;
use crate::layers::float_clamp;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// A filter over images of some channels.
#[derive(Debug, Clone, Copy)]
struct Pool {
    window: Window,
    channels: usize,
}

impl Pool {
    fn new(op: &op::Pool2d, node: &NodeContext<'_>) -> Result<Self, Unprepared> {
        let [batches, height, width, channels] = nhwc(node.shape(0)?, "image")?;
        let window = Window {
            batches,
            rows: Extent::new(height, op.rows, op.padding)?,
            columns: Extent::new(width, op.columns, op.padding)?,
        };
        Ok(Pool { window, channels })
    }

    /// A kernel of elements that are pooled in this way.
    fn kernel<T: Element + Sync>(
        self,
        pooling: impl Pooling<T> + Send + 'static,
        machine: Machine,
    ) -> Prepared {
        Ok(Box::new(move |io: &mut KernelIo<'_>| {
            self.run(pooling, io.input(0)?, io.output()?, machine);
            Ok(())
        }))
    }

    fn run<T: Element + Sync>(
        &self,
        pooling: impl Pooling<T>,
        input: &[T],
        output: &mut [T],
        machine: Machine,
    ) {
        let Pool { window, channels } = self;
        let places = window.outputs();
        assert_eq!(output.len(), places * channels, "the output has room");
        let target = Target {
            first: output.as_mut_ptr(),
            stride: *channels,
        };
        machine.threads.split(places, 1, |range| {
            // SAFETY: the output has room; ranges do not meet.
            let output = unsafe {
                let first = target.first().add(range.start * channels);
                std::slice::from_raw_parts_mut(first, range.len() * channels)
            };
            dispatch(
                machine.set,
                #[inline(always)]
                || {
                    let mut place = window.place(range.start);
                    for results in output.chunks_exact_mut((*channels).max(1)) {
                        let field = self.field(place);
                        // Of more floats the bounds would not stay in registers.
                        let done = match size_of::<T>() {
                            1 | 2 => field.blocks::<_, 64>(pooling, input, results, 0),
                            _ => 0,
                        };
                        let done = field.blocks::<_, 32>(pooling, input, results, done);
                        let done = field.blocks::<_, 16>(pooling, input, results, done);
                        let done = field.blocks::<_, 4>(pooling, input, results, done);
                        field.blocks::<_, 1>(pooling, input, results, done);
                        place = window.next(place);
                    }
                },
            );
        });
    }

    /// What a result is made of.
    fn field(&self, at: Place) -> Field {
        let Pool { window, channels } = self;
        let rows = window.rows.met(at.row..at.row + 1);
        let columns = window.columns.met(at.column..at.column + 1);
        Field {
            first: window.input_position(at.batch, rows.start, columns.start) * channels,
            rows: rows.len(),
            columns: columns.len(),
            row: window.columns.input * channels,
            pixel: *channels,
        }
    }
}

/// The pixels that lie under a filter, without the border.
#[derive(Debug, Clone, Copy)]
struct Field {
    /// The first pixel's first element among those of all images.
    first: usize,
    rows: usize,
    columns: usize,
    /// Elements from one row of the image to the next.
    row: usize,
    /// Elements from one pixel to the next.
    pixel: usize,
}

impl Field {
    /// Pools the channels from `first` on by as many at a time as there are whole `BLOCK`s of, and says where those end.
    #[inline(always)]
    fn blocks<T: Element, const BLOCK: usize>(
        &self,
        pooling: impl Pooling<T>,
        input: &[T],
        results: &mut [T],
        first: usize,
    ) -> usize {
        let finish = pooling.finish((self.rows * self.columns) as u32);
        let (blocks, _) = results[first..].as_chunks_mut::<BLOCK>();
        let mut channel = first;
        for results in blocks {
            let mut folds = [pooling.start(); BLOCK];
            for row in 0..self.rows {
                let mut element = self.first + row * self.row + channel;
                for _ in 0..self.columns {
                    let pixel = &input[element..][..BLOCK];
                    // Into a new array: of lanes that keep what they hold, masked stores would be made.
                    let mut next = [pooling.start(); BLOCK];
                    for lane in 0..BLOCK {
                        next[lane] = pooling.fold(folds[lane], pixel[lane]);
                    }
                    folds = next;
                    element += self.pixel;
                }
            }
            for lane in 0..BLOCK {
                results[lane] = finish(folds[lane]);
            }
            channel += BLOCK;
        }
        channel
    }
}

fn integers<T: Integer + Ord + Sync>(
    op: &op::Pool2d,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    let pool = Pool::new(op, node)?;
    // What nothing clamps is averaged and compared as it is.
    let clamp = match op.activation {
        Activation::None => T::RANGE,
        activation => quantized_clamp(activation, node.output(0))?,
    };
    match op.kind {
        PoolKind::Max => {
            let clamp = (T::saturate(clamp.0), T::saturate(clamp.1));
            pool.kernel(Greatest(clamp), machine)
        }
        PoolKind::Average | PoolKind::L2 => match MeanOfFew::new::<T>(clamp, pool.window.taps()) {
            Some(mean) => pool.kernel::<T>(mean, machine),
            None => pool.kernel::<T>(Mean(clamp), machine),
        },
    }
}

pub(crate) fn prepare(op: &op::Pool2d, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match (types, op.kind) {
        ([DataType::Float32, DataType::Float32], PoolKind::Max) => {
            Pool::new(op, node)?.kernel(GreatestFloat(float_clamp(op.activation)?), machine)
        }
        ([DataType::Float32, DataType::Float32], PoolKind::Average) => {
            Pool::new(op, node)?.kernel(FloatMean(float_clamp(op.activation)?), machine)
        }
        ([DataType::Int8, DataType::Int8], PoolKind::Average | PoolKind::Max) => {
            integers::<i8>(op, node, machine)
        }
        ([DataType::Int16, DataType::Int16], PoolKind::Average | PoolKind::Max) => {
            integers::<i16>(op, node, machine)
        }
        ([DataType::UInt8, DataType::UInt8], PoolKind::Average | PoolKind::Max) => {
            integers::<u8>(op, node, machine)
        }
        _ => Err(Unprepared::types(node)),
    }
}
