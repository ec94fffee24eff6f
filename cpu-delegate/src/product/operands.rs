//! The left operand of a layer's products: images, as bytes or as words.

use demilite_core::geometry::Window;

use super::Product;
use super::convolution::convolve;
use super::geometry::Geometry;
use super::layout::Layout;
use super::reads::Image;
use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// Bytes of weights that the second-level cache does not keep beside the image.
const LARGE: usize = 256 << 10;

/// The left operand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operands<'a> {
    /// All images.
    pub(crate) bytes: &'a [u8],
    /// One position outside of the image, as products read it.
    pub(crate) border: &'a [u8],
    /// How they lie.
    pub(crate) layout: Layout,
}

impl Operands<'_> {
    /// Multiplies the operands with the product of each group. `scratch` has room for [`Layout::scratch`] bytes.
    pub(crate) fn multiply<P: Product>(
        &self,
        geometry: &Geometry,
        product: impl Fn(usize) -> P,
        scratch: &mut [u8],
        output: &mut [P::Output],
        machine: Machine,
    ) {
        let (window, element) = (&geometry.window, self.layout.element());
        assert_eq!(
            output.len(),
            window.outputs() * geometry.output_channels,
            "the output has room"
        );
        if output.is_empty() {
            return;
        }
        for group in 0..geometry.groups {
            let product = product(group);
            let depth = geometry.depth() * element;
            let image = Image {
                bytes: &self.bytes[group * depth..],
                stride: geometry.input_channels * element,
                depth,
                border: &self.border[..depth],
                flip: self.layout.flip(),
            };
            let target = Target {
                first: output[group * geometry.outputs()..].as_mut_ptr(),
                stride: geometry.output_channels,
            };
            let (window, image) = self.layout.arrange(window, image, scratch, machine);
            share(&product, &window, image, target, machine);
        }
    }
}

/// Splits a product between threads: by rows, each of which takes all weights, or by panels, each of which takes all of the image.
fn share<P: Product>(
    product: &P,
    window: &Window,
    image: Image<'_>,
    target: Target<P::Output>,
    machine: Machine,
) {
    let (rows, panels) = (window.outputs(), product.panels());
    let (height, width) = product.tile(rows);
    // SAFETY: the output has room for all rows and channels; ranges do not meet.
    let run = |rows, panels| unsafe {
        convolve(product, window, image, (rows, panels), target, machine.set);
    };
    let threads = machine.threads;
    let [by_rows, by_panels] =
        [rows.div_ceil(height), panels.div_ceil(width)].map(|tiles| threads.share_busy(tiles));
    let weights = image.depth * window.taps() * product.channels();
    // Rows were often written by the thread that reads them, and each range of panels has all pointers written again.
    let least_gain = match weights > image.bytes.len().max(LARGE) {
        true => -0.05,
        false => 0.2,
    };
    if by_panels > by_rows + least_gain {
        threads.split(panels, width, |panels| run(0..rows, panels));
    } else {
        threads.split(rows, height, |rows| run(rows, 0..panels));
    }
}

/// Writes 8-bit integers less their zero point as words.
pub(crate) fn widen(
    input: &[u8],
    signed: bool,
    zero_point: i32,
    words: &mut [i16],
    machine: Machine,
) {
    let target = Target {
        first: words.as_mut_ptr(),
        stride: 1,
    };
    assert_eq!(input.len(), words.len(), "one word for each byte");
    machine.threads.split(input.len(), 4096, |range| {
        // SAFETY: there is a word for each byte; ranges do not meet.
        let words =
            unsafe { std::slice::from_raw_parts_mut(target.first().add(range.start), range.len()) };
        let zero_point = zero_point as i16;
        let bytes = &input[range];
        dispatch(
            machine.set,
            #[inline(always)]
            || {
                if signed {
                    for (word, &byte) in words.iter_mut().zip(bytes) {
                        *word = i16::from(byte as i8) - zero_point;
                    }
                } else {
                    for (word, &byte) in words.iter_mut().zip(bytes) {
                        *word = i16::from(byte) - zero_point;
                    }
                }
            },
        );
    });
}
