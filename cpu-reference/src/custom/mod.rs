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
//! A [`CustomKernel`] says what the shapes of an op's outputs are and makes a node of it ready to run.
//! [`ReferenceDelegate::with_custom_op`](crate::ReferenceDelegate::with_custom_op) registers one:
//!
//! ```
//! use std::sync::Arc;
//!
//! use demilite_core::{DataType, NodeContext, OpError, Shape};
//! use demilite_cpu_reference::{
//!     CustomKernel, KernelIo, Prepared, ReferenceDelegate, Unprepared,
//! };
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
//!             .map_err(|_| OpError::rule("its options are no float32"))?;
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
//! let delegate = ReferenceDelegate::new().with_custom_op(Arc::new(Scale));
//! ```

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

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use demilite_core::op::CustomOp;
use demilite_core::{NodeContext, OpError, Reject, Shape};

use crate::kernel::Prepared;

/// What runs the nodes of a custom op.
///
/// A node shows its inputs and outputs with their types and quantization, the shapes that are known
/// ([`NodeContext::shape`]) and the values that are ([`NodeContext::value`]). Where a shape or a value is missing,
/// [`OpError::Unknown`] says so, and both methods are called again in the invocation that shows it.
pub trait CustomKernel: Send + Sync {
    /// The name that files know the op by.
    fn name(&self) -> &str;

    /// The shapes of the outputs, one for each that the node has. They may hang on values of the
    /// inputs.
    ///
    /// # Errors
    /// [`OpError::Unknown`] where only an invocation shows them; another [`OpError`] where options or
    /// inputs break the op's rules.
    fn output_shapes(&self, options: &[u8], node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError>;

    /// Makes a node ready to run: reads the options, which any file may have written, checks types
    /// and shapes, and works out whatever stays the same from one run to the next.
    ///
    /// # Errors
    /// [`Unprepared`](crate::Unprepared): [`OpError`] and [`Reject`] turn into one by `?`.
    fn prepare(&self, options: &[u8], node: &NodeContext<'_>) -> Prepared;
}

/// The custom ops of a delegate.
#[derive(Clone)]
pub(crate) struct CustomOps {
    kernels: BTreeMap<String, Arc<dyn CustomKernel>>,
}

impl Default for CustomOps {
    fn default() -> Self {
        let mut ops = CustomOps {
            kernels: BTreeMap::new(),
        };
        for kernel in BUILT_IN {
            ops.register(kernel());
        }
        ops
    }
}

/// The custom ops that need no registration.
const BUILT_IN: &[fn() -> Arc<dyn CustomKernel>] = &[
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

impl CustomOps {
    /// Adds a kernel, instead of the one that had its name.
    pub(crate) fn register(&mut self, kernel: Arc<dyn CustomKernel>) {
        self.kernels.insert(kernel.name().to_owned(), kernel);
    }

    /// The names of the ops.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.kernels.keys().map(String::as_str)
    }

    /// The shapes of the outputs of a node.
    pub(crate) fn output_shapes(
        &self,
        op: &CustomOp,
        node: &NodeContext<'_>,
    ) -> Result<Vec<Shape>, OpError> {
        let kernel = self.kernels.get(&op.name);
        let kernel = kernel.ok_or(OpError::Unknown { index: 0 })?;
        let shapes = kernel.output_shapes(&op.options, node)?;
        let outputs = node.node().outputs.len();
        if shapes.len() != outputs {
            let count = shapes.len();
            let rule = format!("its kernel gives the shapes of {count} outputs, not of {outputs}");
            return Err(OpError::rule(rule));
        }
        Ok(shapes)
    }

    /// Makes a node ready to run.
    pub(crate) fn prepare(&self, op: &CustomOp, node: &NodeContext<'_>) -> Prepared {
        match self.kernels.get(&op.name) {
            Some(kernel) => kernel.prepare(&op.options, node),
            None => Err(not_registered(&op.name).into()),
        }
    }
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

fn not_registered(name: &str) -> Reject {
    Reject::unsupported(match name.strip_prefix("Flex") {
        Some(op) => format!("the TensorFlow op {op} has no kernel here"),
        None => format!(
            "no kernel of the custom op {name:?} is registered: hand \
             ReferenceDelegate::with_custom_op a CustomKernel of that name"
        ),
    })
}

impl fmt::Debug for CustomOps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kernels.keys()).finish()
    }
}
