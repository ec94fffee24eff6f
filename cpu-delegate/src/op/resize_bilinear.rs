//! RESIZE_BILINEAR of `[batch, height, width, channel]` images.

use std::iter::zip;

use demilite_core::op::{self, nhwc};
use demilite_core::{DataType, Element, NodeContext, OpError, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared, output_shape};

use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// One position of the result between two of the input.
#[derive(Debug, Clone, Copy)]
struct Sample<W> {
    /// The lower and the upper position.
    positions: [usize; 2],
    /// Their parts.
    weights: [W; 2],
}

/// The positions along an axis of `input` elements that becomes one of `output`, in single precision.
fn float_samples(op: &op::ResizeBilinear, input: usize, output: usize) -> Vec<Sample<f32>> {
    let scale = if op.align_corners && output > 1 {
        (input - 1) as f32 / (output - 1) as f32
    } else {
        input as f32 / output as f32
    };
    let sample = |index: usize| {
        let position = if op.half_pixel_centers {
            (index as f32 + 0.5) * scale - 0.5
        } else {
            index as f32 * scale
        };
        let lower = (position.floor() as i64).max(0);
        let upper = (position.ceil() as i64).min(input as i64 - 1);
        let part = position - lower as f32;
        Sample {
            positions: [lower as usize, upper as usize],
            weights: [1.0 - part, part],
        }
    };
    (0..output).map(sample).collect()
}

/// The same with ten bits of fraction.
fn integer_samples(op: &op::ResizeBilinear, input: usize, output: usize) -> Vec<Sample<i32>> {
    let (input, output) = (input as i64, output as i64);
    let scale = if op.align_corners && output > 1 {
        (1024 * (input - 1) + (output - 1) / 2) / (output - 1)
    } else {
        (1024 * input + output / 2) / output
    };
    let sample = |index: i64| {
        let position = if op.half_pixel_centers {
            index * scale + scale / 2 - 512
        } else {
            index * scale
        };
        // Rounding the scale can push the last position past the input's end.
        let lower = (position / 1024).clamp(0, input - 1);
        let upper = ((position + 1023) / 1024).min(input - 1);
        let part = (position - 1024 * lower) as i32;
        Sample {
            positions: [lower as usize, upper as usize],
            weights: [1024 - part, part],
        }
    };
    (0..output).map(sample).collect()
}

/// A type of images, and how its elements are blended.
trait Blended: Element {
    /// What elements are blended as.
    type Wide: Element + std::ops::Mul<Output = Self::Wide> + std::ops::Add<Output = Self::Wide>;

    fn widen(self) -> Self::Wide;

    /// The element that a weighted sum of four becomes.
    fn finish(sum: Self::Wide) -> Self;
}

impl Blended for f32 {
    type Wide = f32;

    #[inline(always)]
    fn widen(self) -> f32 {
        self
    }

    #[inline(always)]
    fn finish(sum: f32) -> f32 {
        // Adding 0 turns −0 into +0, as the rounding offset of the reference does.
        sum + 0.0
    }
}

impl Blended for u8 {
    type Wide = f32;

    #[inline(always)]
    fn widen(self) -> f32 {
        self.into()
    }

    #[inline(always)]
    fn finish(sum: f32) -> u8 {
        // SAFETY: weights are finite and at most a little more than 1, and so sums are little more than the greatest element.
        let rounded: i32 = unsafe { (sum + 0.5).to_int_unchecked() };
        rounded.clamp(0, 255) as u8
    }
}

impl Blended for i8 {
    type Wide = i32;

    #[inline(always)]
    fn widen(self) -> i32 {
        self.into()
    }

    /// Rounded half away from zero.
    #[inline(always)]
    fn finish(sum: i32) -> i8 {
        let half = if sum > 0 { 1 << 19 } else { -(1 << 19) };
        ((sum + half) / (1 << 20)) as i8
    }
}

/// A resize.
struct Resize<T: Blended> {
    rows: Vec<Sample<T::Wide>>,
    columns: Vec<Sample<T::Wide>>,
    /// Height and width before.
    input: [usize; 2],
    channels: usize,
    machine: Machine,
}

impl<T: Blended> Resize<T> {
    /// Elements of a row before.
    fn width(&self) -> usize {
        self.input[1] * self.channels
    }

    /// Bytes of the two rows of the input, weighted, that a row of the output lies between.
    fn weighted_bytes(&self) -> usize {
        2 * self.width() * size_of::<T::Wide>()
    }

    /// Writes one row of the output between two of `image`. `weighted` has room for both.
    #[inline(always)]
    fn row(&self, image: &[T], row: Sample<T::Wide>, weighted: &mut [T::Wide], output: &mut [T]) {
        let (width, channels) = (self.width(), self.channels);
        let (lower, upper) = weighted.split_at_mut(width);
        let sides = zip([&mut *lower, &mut *upper], zip(row.positions, row.weights));
        for (weighted, (position, weight)) in sides {
            for (weighted, &element) in zip(weighted, &image[position * width..][..width]) {
                *weighted = element.widen() * weight;
            }
        }
        let pixels = output.chunks_exact_mut(channels);
        for (pixel, column) in zip(pixels, &self.columns) {
            let [left, right] = column.positions.map(|position| position * channels);
            let [a, b] = [&lower[left..][..channels], &upper[left..][..channels]];
            let [c, d] = [&lower[right..][..channels], &upper[right..][..channels]];
            let [near, far] = column.weights;
            for (channel, element) in pixel.iter_mut().enumerate() {
                *element = T::finish(
                    a[channel] * near + b[channel] * near + c[channel] * far + d[channel] * far,
                );
            }
        }
    }
}

impl<T: Blended> Kernel for Resize<T> {
    fn scratch_bytes(&self) -> usize {
        self.machine.threads.0 * 4 * self.weighted_bytes().next_multiple_of(64)
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let scratch = std::mem::take(&mut io.scratch);
        let (input, output) = (io.input::<T>(0)?, io.output::<T>()?);
        let row = self.columns.len() * self.channels;
        let image = self.input[0] * self.width();
        if output.is_empty() || image == 0 {
            return Ok(());
        }
        let rows = output.len() / row;
        let grain = rows.div_ceil(self.machine.threads.0 * 4);
        let target = Target {
            first: output.as_mut_ptr(),
            stride: row,
        };
        let part = self.weighted_bytes().next_multiple_of(64);
        let scratch = Target {
            first: scratch.as_mut_ptr(),
            stride: part,
        };
        self.machine.threads.split(rows, grain, |rows| {
            // SAFETY: ranges do not meet and begin at multiples of the grain or cover everything, so that each has a part of the
            // scratch memory of its own, which has room for as many; its first byte lies at a multiple of 64.
            let weighted = unsafe {
                std::slice::from_raw_parts_mut(
                    scratch.first().add(rows.start / grain * part),
                    self.weighted_bytes(),
                )
            };
            let weighted = bytemuck::cast_slice_mut(weighted);
            for index in rows {
                let (batch, place) = (index / self.rows.len(), index % self.rows.len());
                // SAFETY: the output has room for each row; ranges do not meet.
                let output =
                    unsafe { std::slice::from_raw_parts_mut(target.first().add(index * row), row) };
                let image = &input[batch * image..][..image];
                dispatch(
                    self.machine.set,
                    #[inline(always)]
                    || self.row(image, self.rows[place], weighted, output),
                );
            }
        });
        Ok(())
    }
}

pub(crate) fn prepare(
    op: &op::ResizeBilinear,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    if op.align_corners && op.half_pixel_centers {
        let rule = "align_corners and half_pixel_centers exclude each other";
        return Err(Reject::invalid(rule).into());
    }
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    let [_, height, width, channels] = nhwc(node.shape(0)?, "image")?;
    let [_, output_height, output_width, _] = nhwc(output_shape(node, 0)?, "result")?;
    if [height, width, output_height, output_width, channels].contains(&0) {
        return Err(Reject::unsupported("no fast kernel for images without elements").into());
    }
    let axes = [(height, output_height), (width, output_width)];
    let input = [height, width];
    match types {
        [DataType::Float32, DataType::Float32] => {
            let [rows, columns] = axes.map(|(input, output)| float_samples(op, input, output));
            Ok(Box::new(Resize::<f32> {
                rows,
                columns,
                input,
                channels,
                machine,
            }))
        }
        [DataType::UInt8, DataType::UInt8] => {
            let [rows, columns] = axes.map(|(input, output)| float_samples(op, input, output));
            Ok(Box::new(Resize::<u8> {
                rows,
                columns,
                input,
                channels,
                machine,
            }))
        }
        [DataType::Int8, DataType::Int8] => {
            let [rows, columns] = axes.map(|(input, output)| integer_samples(op, input, output));
            let samples = rows.iter().chain(&columns);
            let mut weights = samples.flat_map(|sample| sample.weights);
            if !weights.all(|weight| (0..=1024).contains(&weight)) {
                let reason = "no fast kernel for positions past the input's end";
                return Err(Reject::unsupported(reason).into());
            }
            Ok(Box::new(Resize::<i8> {
                rows,
                columns,
                input,
                channels,
                machine,
            }))
        }
        _ => Err(Unprepared::types(node)),
    }
}
