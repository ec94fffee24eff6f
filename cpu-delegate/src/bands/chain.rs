//! The kernel of layers that are computed together.

use std::ops::Range;

use demilite_core::{NodeContext, Op, OpError, View};
use demilite_executor::{Kernel, KernelIo, Together};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::plan::{self, Fusion, LAYERS, Plan, reads_held, spares};
use crate::layers::bands::{Banded, Held};
use crate::layers::border::Border;
use crate::machine::Machine;

/// Layers that are computed together.
struct Chain {
    layers: Vec<Box<dyn Banded>>,
    plan: Plan,
    machine: Machine,
}

/// Makes the first nodes of a chain ready to be computed together; `None` where that spares nothing. `banded` gives the kernel of a node
/// whose images have a border, if it computes band by band.
pub(crate) fn prepare(
    chain: &[NodeContext<'_>],
    banded: impl Fn(&NodeContext<'_>, Border) -> Option<Box<dyn Banded>>,
    fusion: Fusion,
    machine: Machine,
) -> Option<Together> {
    if fusion == Fusion::Off {
        return None;
    }
    let border = Border::of(&chain[0]);
    let pads = usize::from(border.is_some());
    let chain = &chain[pads..];
    let candidates = candidates(chain, banded, border.unwrap_or_default(), fusion);
    let mut layers = candidates.layers;
    let count = plan::first_group(&layers, &candidates.weights, fusion);
    layers.truncate(count);
    if layers.is_empty() || pads + layers.len() < 2 {
        return None;
    }
    for (layer, node) in std::iter::zip(&mut layers, chain) {
        let inputs = 0..node.input_count();
        let constants: Vec<Option<View<'_>>> = inputs.map(|index| node.value(index)).collect();
        layer.prepack(&constants).ok()?;
        // A bias may come from elsewhere.
        if layer.reads(1) {
            return None;
        }
    }
    let kernel: Box<dyn Kernel> = match layers.len() {
        1 => layers.pop()?,
        _ => Box::new(Chain {
            plan: Plan::new(&layers, &candidates.weights[..count], fusion)?,
            layers,
            machine,
        }),
    };
    Some(Together {
        nodes: pads + count,
        kernel,
    })
}

/// Layers that may be computed together.
#[derive(Default)]
struct Candidates {
    /// Layers between which lie tensors that are not to be in memory, their weights not yet laid out.
    layers: Vec<Box<dyn Banded>>,
    /// Bytes of the weights of each.
    weights: Vec<usize>,
}

/// The first layers of a chain, as many as may be computed together; the first has a border.
fn candidates(
    chain: &[NodeContext<'_>],
    banded: impl Fn(&NodeContext<'_>, Border) -> Option<Box<dyn Banded>>,
    border: Border,
    fusion: Fusion,
) -> Candidates {
    let mut candidates = Candidates::default();
    for node in chain {
        let is_first = candidates.layers.is_empty();
        let border = if is_first { border } else { Border::default() };
        let (Some(layer), Some(weights)) = (banded(node, border), node.value(1)) else {
            break;
        };
        let is_depthwise = matches!(node.op(), Op::DepthwiseConv2d(_));
        let has_rows = is_first || reads_held(&*layer, is_depthwise);
        if !has_rows || !layer.has_bands(weights) {
            break;
        }
        let is_last = !spares(&*layer, fusion);
        candidates.layers.push(layer);
        candidates.weights.push(weights.bytes().len());
        if is_last {
            break;
        }
    }
    candidates
}

impl Chain {
    /// The layer that writes the output.
    fn last(&self) -> &dyn Banded {
        &**self.layers.last().expect("a chain has layers")
    }

    /// Rows of all images of the output.
    fn rows(&self) -> usize {
        let window = self.last().window();
        window.batches * window.rows.output
    }

    /// Threads that share the rows, each with memory of its own.
    fn parts(&self) -> usize {
        self.machine.threads.0.min(self.rows()).max(1)
    }

    /// Bytes of memory that each part needs.
    fn part_bytes(&self) -> usize {
        self.plan.held_bytes(&self.layers) + self.plan.scratch_bytes(&self.layers)
    }

    /// Computes the rows of all images from `first` on that `output` has room for.
    fn compute(&self, first: usize, input: &[u8], mut output: &mut [u8], scratch: &mut [u8]) {
        let window = self.layers[0].window();
        let image = window.rows.input * self.layers[0].row_bytes()[0];
        let (height, row) = (self.last().window().rows.output, self.last().row_bytes()[1]);
        let (mut first, end) = (first, first + output.len() / row);
        while first < end {
            let (batch, begin) = (first / height, first % height);
            let count = (end - first).min(height - begin);
            let (written, rest) = std::mem::take(&mut output).split_at_mut(count * row);
            let input = &input[batch * image..][..image];
            self.compute_image(begin..begin + count, input, written, scratch);
            (output, first) = (rest, first + count);
        }
    }

    /// Computes rows of one image, band by band.
    fn compute_image(
        &self,
        rows: Range<usize>,
        input: &[u8],
        output: &mut [u8],
        scratch: &mut [u8],
    ) {
        let (layers, count) = (&self.layers, self.layers.len());
        let mut held: [&mut [u8]; LAYERS] = std::array::from_fn(|_| Default::default());
        let mut scratch = scratch;
        for (index, held) in held[..count - 1].iter_mut().enumerate() {
            let bytes = self.plan.rows[index] * layers[index].row_bytes()[1];
            let (own, rest) = std::mem::take(&mut scratch).split_at_mut(bytes.next_multiple_of(64));
            (*held, scratch) = (own, rest);
        }
        let mut done = [0; LAYERS];
        for first in rows.clone().step_by(self.plan.rows[count - 1]) {
            let last = (first + self.plan.rows[count - 1]).min(rows.end);
            let mut wanted: [Range<usize>; LAYERS] = Default::default();
            wanted[count - 1] = first..last;
            for index in (1..count).rev() {
                let extent = &layers[index].window().rows;
                wanted[index - 1] = extent.met(wanted[index].clone());
            }
            for (index, layer) in layers.iter().enumerate() {
                let due = done[index].max(wanted[index].start)..wanted[index].end;
                let (before, own) = held.split_at_mut(index);
                let input = match before.last() {
                    Some(bytes) => Held {
                        bytes,
                        rows: self.plan.rows[index - 1],
                    },
                    None => Held {
                        bytes: input,
                        rows: layer.window().rows.input,
                    },
                };
                let output = match index + 1 < count {
                    true => (&mut *own[0], self.plan.rows[index], 0),
                    false => (&mut *output, rows.len(), rows.start),
                };
                compute_rows(&**layer, due, input, output, scratch);
                done[index] = wanted[index].end;
            }
        }
    }
}

/// Computes rows of one layer. Those of the output lie from number `first` on, each in the place that is its number modulo `places`.
fn compute_rows(
    layer: &dyn Banded,
    mut rows: Range<usize>,
    input: Held<'_>,
    (output, places, first): (&mut [u8], usize, usize),
    scratch: &mut [u8],
) {
    let row = layer.row_bytes()[1];
    let is_pointwise = layer.window().is_pointwise();
    while !rows.is_empty() {
        let place = (rows.start - first) % places;
        let mut count = rows.len().min(places - place);
        if is_pointwise {
            count = count.min(input.rows - rows.start % input.rows);
        }
        let output = &mut output[place * row..][..count * row];
        layer.run_band(rows.start..rows.start + count, input, output, scratch);
        rows.start += count;
    }
}

impl Kernel for Chain {
    fn weight_bytes(&self) -> usize {
        self.layers.iter().map(|layer| layer.weight_bytes()).sum()
    }

    fn reads(&self, index: usize) -> bool {
        index == 0
    }

    fn scratch_bytes(&self) -> usize {
        self.parts() * self.part_bytes()
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let input = io.view(0)?.bytes();
        let scratch = std::mem::take(&mut io.scratch);
        let output = io.outputs[0].bytes_mut();
        if output.is_empty() {
            return Ok(());
        }
        let parts = self.parts();
        if parts == 1 {
            self.compute(0, input, output, scratch);
            return Ok(());
        }
        let length = self.rows().div_ceil(parts);
        let outputs = output.par_chunks_mut(length * self.last().row_bytes()[1]);
        let parts = outputs.zip(scratch.par_chunks_mut(self.part_bytes().max(1)));
        parts.enumerate().for_each(|(part, (output, scratch))| {
            self.compute(part * length, input, output, scratch);
        });
        Ok(())
    }
}
