//! Ops outside the schema, which files know by a name of their own.
//!
//! | ops | of |
//! |---|---|
//! | [`TFLite_Detection_PostProcess`](detection_post_process) | detectors of TensorFlow's object detection |
//! | [`AudioSpectrogram`](audio_spectrogram), [`Mfcc`](mfcc) | keyword spotters |
//! | [`Convolution2DTransposeBias`](convolution_2d_transpose_bias), [`MaxPoolingWithArgmax2D`, `MaxUnpooling2D`](max_pooling), [`Landmarks2TransformMatrix`](landmarks_to_transform_matrix), [`TransformLandmarks`](transform_landmarks), [`TransformTensor`, `TransformTensorBilinear`](transform_tensor_bilinear) | MediaPipe |
//! | [`PosenetDecoderOp`](posenet_decoder) | Coral's PoseNet |
//! | [`ResizeArgmax`](resize_argmax) | MLPerf's mobile segmentation |
//!
//! [`reference()`] is the reference delegate with all of them, and [`all`] has the kernels for another one. Their arithmetic is that of
//! the reference where it has it.
//!
//! A [`CustomKernel`] says what the shapes of an op's outputs are and makes a node of it ready to run.
//! [`ReferenceDelegate::with_custom_op`] registers one:
//!
//! ```
//! use std::sync::Arc;
//!
//! use demilite_core::{DataType, NodeContext, OpError, Shape};
//! use demilite_executor::{CustomKernel, KernelIo, Prepared, Unprepared};
//!
//! /// Multiplies floats by the float32 that is the op's options.
//! struct Scale;
//!
//! impl CustomKernel for Scale {
//!     fn name(&self) -> &str {
//!         "Scale"
//!     }
//!
//!     fn output_shapes(&self, _: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
//!         Ok(vec![node.shape(0)?.clone()])
//!     }
//!
//!     fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared {
//!         node.expect_counts(1..=1, 1..=1)?;
//!         if [node.required(0)?.dtype, node.output(0).dtype] != [DataType::Float32; 2] {
//!             return Err(Unprepared::types(node));
//!         }
//!         let factor: [u8; 4] = options
//!             .try_into()
//!             .map_err(|_| OpError::rule("its options are not a float32"))?;
//!         let factor = f32::from_le_bytes(factor);
//!         Ok(Box::new(move |io: &mut KernelIo<'_>| {
//!             let input = io.input::<f32>(0)?;
//!             for (output, input) in std::iter::zip(io.output::<f32>()?, input) {
//!                 *output = factor * input;
//!             }
//!             Ok(())
//!         }))
//!     }
//! }
//!
//! let delegate = demilite_custom_ops::reference().with_custom_op(Arc::new(Scale));
//! ```

#![forbid(unsafe_code)]

pub mod audio_spectrogram;
mod c_struct;
pub mod convolution_2d_transpose_bias;
pub mod detection_post_process;
mod flexbuffer;
mod heap;
pub mod landmarks_to_transform_matrix;
pub mod max_pooling;
pub mod mfcc;
pub mod posenet_decoder;
mod reals;
pub mod resize_argmax;
pub mod transform_landmarks;
pub mod transform_tensor_bilinear;

pub use flexbuffer::FlexMap;

use std::sync::Arc;

use demilite_core::OpError;
use demilite_cpu_reference::ReferenceDelegate;
use demilite_executor::CustomKernel;

/// A kernel of each op.
const KERNELS: &[fn() -> Arc<dyn CustomKernel>] = &[
    || Arc::new(audio_spectrogram::AudioSpectrogram),
    || Arc::new(convolution_2d_transpose_bias::Convolution2dTransposeBias),
    || Arc::new(detection_post_process::DetectionPostProcess),
    || Arc::new(landmarks_to_transform_matrix::LandmarksToTransformMatrix),
    || Arc::new(max_pooling::MaxPoolingWithArgmax2d),
    || Arc::new(max_pooling::MaxUnpooling2d),
    || Arc::new(mfcc::Mfcc),
    || Arc::new(posenet_decoder::PosenetDecoder),
    || Arc::new(resize_argmax::ResizeArgmax),
    || Arc::new(transform_landmarks::TransformLandmarks),
    || Arc::new(transform_tensor_bilinear::TransformTensorBilinear::BILINEAR),
    || Arc::new(transform_tensor_bilinear::TransformTensorBilinear::FIRST),
];

/// The kernels of this crate.
pub fn all() -> impl Iterator<Item = Arc<dyn CustomKernel>> {
    KERNELS.iter().map(|kernel| kernel())
}

/// The reference delegate with the kernels of this crate.
pub fn reference() -> ReferenceDelegate {
    all().fold(ReferenceDelegate::new(), ReferenceDelegate::with_custom_op)
}

/// An option that counts something.
fn count(options: &FlexMap<'_>, name: &'static str) -> Result<usize, OpError> {
    let value = options.integer(name);
    let count = i32::try_from(value)
        .ok()
        .and_then(|value| usize::try_from(value).ok());
    count.ok_or(OpError::Attribute {
        attribute: name,
        value,
    })
}
