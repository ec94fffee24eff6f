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
                        // Of more floats the bounds would not stay in registers.
                        let done = match size_of::<T>() {
                            1 | 2 => self.blocks::<_, 64>(pooling, place, input, results, 0),
                            _ => 0,
                        };
                        let done = self.blocks::<_, 32>(pooling, place, input, results, done);
                        let done = self.blocks::<_, 16>(pooling, place, input, results, done);
                        let done = self.blocks::<_, 4>(pooling, place, input, results, done);
                        self.blocks::<_, 1>(pooling, place, input, results, done);
                        place = window.next(place);
                    }
                },
            );
        });
    }

    /// Pools the channels from `first` on by as many at a time as there are whole `BLOCK`s of, and says where those end.
    #[inline(always)]
    fn blocks<T: Element, const BLOCK: usize>(
        &self,
        pooling: impl Pooling<T>,
        place: Place,
        input: &[T],
        results: &mut [T],
        first: usize,
    ) -> usize {
        let (blocks, _) = results[first..].as_chunks_mut::<BLOCK>();
        let mut channel = first;
        for results in blocks {
            let mut folds = [pooling.start(); BLOCK];
            let mut count = 0;
            self.window.for_each_tap(
                place,
                #[inline(always)]
                |_, position| {
                    let Some(position) = position else { return };
                    let pixel = &input[position * self.channels + channel..][..BLOCK];
                    // As a new array: of lanes that keep what they hold, masked stores would be made.
                    folds = std::array::from_fn(|lane| pooling.fold(folds[lane], pixel[lane]));
                    count += 1;
                },
            );
            let finish = pooling.finish(count);
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
