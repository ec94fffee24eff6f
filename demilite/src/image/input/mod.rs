//! From images to the tensor that a model takes.

mod layout;
#[cfg(test)]
mod tests;

use std::path::Path;

use half::f16;

use demilite_core::{DataType, Element, Graph, Quantization, Session, Shape, Tensor, Value};

use super::error::ImageError;
use super::metadata::{ModelMetadata, TensorMetadata};
use super::normalization::Normalization;
use super::pixels::{Fit, Image};

pub use layout::Layout;

/// What the pixels of an image become before they are an input.
#[derive(Debug, Clone, PartialEq)]
pub enum PixelValues {
    /// Integers as they are, from 0 to 255; for int8 from the type's least value on, `pixel − 128`.
    ///
    /// This is what TFLite's image tools feed 8-bit models, and what
    /// [`Normalized`](PixelValues::Normalized) comes to wherever the input's scale spreads the
    /// normalized range over the 256 values.
    AsTheyAre,
    /// Real values; where the input is quantized, quantized with its own scale and zero point:
    /// `q = round(real / scale) + zero_point`, halves away from zero, held within the type. Integers without a scale have 1 and 0.
    Normalized(Normalization),
}

/// The input of a graph that takes images: one tensor with a height, a width, and 1 (brightness), 3 (red, green, blue) or 4
/// (opacity beside them) channels, in a [`Layout`].
#[derive(Debug, Clone)]
pub struct ImageInput {
    dtype: DataType,
    layout: Layout,
    shape: Shape,
    /// The height and the width, where they are known.
    extents: [Option<u32>; 2],
    quantization: Option<Quantization>,
    values: PixelValues,
}

impl ImageInput {
    /// The input of a graph, with [`PixelValues::AsTheyAre`] for 8-bit integers and those without a scale, and
    /// [`Normalization::minus_one_to_one`] for the other types, until said otherwise.
    ///
    /// # Errors
    /// [`ImageError::NoImageInput`], or [`ImageError::InputType`].
    pub fn of(graph: &Graph) -> Result<Self, ImageError> {
        let tensors = graph.inputs().iter().map(|&id| graph.tensor(id));
        let [id] = *graph.inputs() else {
            return Err(no_image_input(tensors));
        };
        let tensor = graph.tensor(id);
        let Some((layout, extents)) = Layout::of(tensor) else {
            return Err(no_image_input(tensors));
        };
        let mut shape = tensor.shape.to_vec();
        if let Some(batch) = layout.batch() {
            // An open batch takes one image.
            shape[batch] = shape[batch].max(1);
        }
        Ok(ImageInput {
            dtype: tensor.dtype,
            layout,
            shape: Shape::from(shape),
            extents,
            quantization: tensor.quantization.clone(),
            values: usual_values(tensor)?,
        })
    }

    /// The input of a session, as the model file describes it: [`ImageInput::of`] with the normalization that the file's metadata has.
    ///
    /// # Errors
    /// Those of [`ImageInput::of`] and [`ImageInput::described`], and [`ImageError::Metadata`].
    pub fn of_session(session: &Session) -> Result<Self, ImageError> {
        let input = ImageInput::of(session.graph())?;
        let metadata = match session.graph_index() {
            // Metadata is that of the first graph.
            0 => ModelMetadata::of(session.model())?,
            _ => None,
        };
        match metadata
            .as_ref()
            .and_then(|metadata| metadata.inputs.first())
        {
            Some(metadata) => input.described(metadata),
            None => Ok(input),
        }
    }

    /// The tensor of an image file, cropped to the input's height and width, for an input of one image.
    ///
    /// # Errors
    /// Those of [`Image::open`] and [`ImageInput::value`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Value, ImageError> {
        self.value(&[Image::open(path)?], Fit::Crop)
    }

    /// The same input with pixels normalized by this rule.
    ///
    /// # Errors
    /// [`ImageError::Normalization`] for a rule of another number of channels.
    pub fn normalized(mut self, rule: Normalization) -> Result<Self, ImageError> {
        if !rule.fits(self.channels()) {
            return Err(ImageError::Normalization {
                mean: rule.mean().to_vec(),
                std: rule.std().to_vec(),
                channels: self.channels(),
            });
        }
        self.values = PixelValues::Normalized(rule);
        Ok(self)
    }

    /// The same input as the file describes it: with its normalization, but for uint8 inputs and integers without a scale,
    /// which take pixels as they are whatever the rule, as in TFLite's task library.
    ///
    /// # Errors
    /// [`ImageError::Normalization`] for a rule of another number of channels.
    pub fn described(self, metadata: &TensorMetadata) -> Result<Self, ImageError> {
        let is_raw = self.values == PixelValues::AsTheyAre && self.quantization.is_none();
        match &metadata.normalization {
            Some(rule) if self.dtype != DataType::UInt8 && !is_raw => self.normalized(rule.clone()),
            _ => Ok(self),
        }
    }

    /// The same input with this height and width, in pixels, where the file leaves them open.
    ///
    /// # Errors
    /// [`ImageError::Size`] where the file states others, or they are 0.
    pub fn sized(mut self, height: u32, width: u32) -> Result<Self, ImageError> {
        let wanted = [height, width];
        let fits = std::iter::zip(self.extents, wanted)
            .all(|(stated, wanted)| wanted > 0 && stated.is_none_or(|stated| stated == wanted));
        if !fits {
            return Err(ImageError::Size {
                height,
                width,
                shape: self.shape,
            });
        }
        self.extents = wanted.map(Some);
        let mut shape = self.shape.to_vec();
        for (axis, extent) in std::iter::zip(self.layout.height_and_width(), wanted) {
            shape[axis] = extent as usize;
        }
        self.shape = Shape::from(shape);
        Ok(self)
    }

    /// The same input with the height and width of an image where they are open.
    ///
    /// # Errors
    /// [`ImageError::Size`] for an image without pixels.
    pub fn sized_for(self, image: &Image) -> Result<Self, ImageError> {
        let [height, width] = self.extents;
        let height = height.unwrap_or_else(|| image.height());
        let width = width.unwrap_or_else(|| image.width());
        self.sized(height, width)
    }

    /// What pixels become.
    pub fn pixel_values(&self) -> &PixelValues {
        &self.values
    }

    /// The element type.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// The order of the dimensions.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The shape of the tensor; a height or width that is still open has the file's extent.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The number of images that the input takes at once.
    pub fn batch(&self) -> usize {
        self.layout.batch().map_or(1, |axis| self.shape[axis])
    }

    /// The height in pixels; `None` while it is open.
    pub fn height(&self) -> Option<u32> {
        self.extents[0]
    }

    /// The width in pixels; `None` while it is open.
    pub fn width(&self) -> Option<u32> {
        self.extents[1]
    }

    /// The number of channels: 1, 3 or 4.
    pub fn channels(&self) -> usize {
        self.shape[self.layout.channels()]
    }

    /// The tensor of as many images as the input takes at once. A height or width that is still open is that of the first image.
    ///
    /// # Errors
    /// [`ImageError::BatchSize`] for more or fewer images, and [`ImageError::Value`] for a tensor larger than memory.
    pub fn value(&self, images: &[Image], fit: Fit) -> Result<Value, ImageError> {
        let [first, ..] = images else {
            return Err(self.batch_size(0));
        };
        if images.len() != self.batch() {
            return Err(self.batch_size(images.len()));
        }
        let sized = self.clone().sized_for(first)?;
        let [Some(height), Some(width)] = sized.extents else {
            return Err(self.batch_size(0));
        };
        // Before anything else is made of that size.
        let value = Value::zeros(sized.dtype, sized.shape.clone())?;
        let mut pixels = Vec::new();
        for image in images {
            let fits = (image.width(), image.height()) == (width, height);
            let of_one = match fits {
                true => sized.pixels(image),
                false => sized.pixels(&image.resized(width, height, fit)),
            };
            match pixels.is_empty() {
                true => pixels = of_one,
                false => pixels.extend(of_one),
            }
        }
        sized.fill(value, &pixels)
    }

    fn batch_size(&self, given: usize) -> ImageError {
        ImageError::BatchSize {
            given,
            expected: self.batch(),
            shape: self.shape.clone(),
        }
    }

    /// The samples of an image that has the input's extents, in the input's order.
    fn pixels(&self, image: &Image) -> Vec<u8> {
        let channels = self.channels();
        let interleaved = match channels {
            1 => image.to_luma(),
            3 => image.to_rgb(),
            _ => image.to_rgba(),
        };
        if channels == 1 || !self.layout.is_planar() {
            return interleaved;
        }
        let plane = |channel| interleaved.iter().skip(channel).step_by(channels);
        (0..channels).flat_map(plane).copied().collect()
    }

    /// The tensor with these samples.
    fn fill(&self, value: Value, pixels: &[u8]) -> Result<Value, ImageError> {
        match &self.values {
            PixelValues::AsTheyAre => match self.dtype {
                DataType::Int8 => fill(value, pixels, |_, pixel| (pixel ^ 0x80) as i8),
                DataType::Int16 => fill(value, pixels, |_, pixel| i16::from(pixel)),
                DataType::UInt16 => fill(value, pixels, |_, pixel| u16::from(pixel)),
                DataType::Int32 => fill(value, pixels, |_, pixel| i32::from(pixel)),
                DataType::UInt32 => fill(value, pixels, |_, pixel| u32::from(pixel)),
                DataType::Int64 => fill(value, pixels, |_, pixel| i64::from(pixel)),
                DataType::UInt64 => fill(value, pixels, |_, pixel| u64::from(pixel)),
                _ => fill(value, pixels, |_, pixel| pixel),
            },
            PixelValues::Normalized(rule) => {
                let plane = match self.layout.is_planar() {
                    true => self.extents.iter().flatten().map(|&e| e as usize).product(),
                    false => 1,
                };
                let real =
                    |place: usize, pixel: u8| rule.apply(pixel, place / plane % self.channels());
                let integer = |place, pixel| self.quantize(real(place, pixel));
                match self.dtype {
                    DataType::Float16 => {
                        fill(value, pixels, |at, pixel| f16::from_f32(real(at, pixel)))
                    }
                    DataType::Float64 => {
                        fill(value, pixels, |at, pixel| f64::from(real(at, pixel)))
                    }
                    DataType::Int8 => fill(value, pixels, |at, pixel| integer(at, pixel) as i8),
                    DataType::UInt8 => fill(value, pixels, |at, pixel| integer(at, pixel) as u8),
                    DataType::Int16 => fill(value, pixels, |at, pixel| integer(at, pixel) as i16),
                    DataType::UInt16 => fill(value, pixels, |at, pixel| integer(at, pixel) as u16),
                    DataType::Int32 => fill(value, pixels, |at, pixel| integer(at, pixel) as i32),
                    DataType::UInt32 => fill(value, pixels, |at, pixel| integer(at, pixel) as u32),
                    DataType::Int64 => fill(value, pixels, |at, pixel| integer(at, pixel) as i64),
                    DataType::UInt64 => fill(value, pixels, |at, pixel| integer(at, pixel) as u64),
                    _ => fill(value, pixels, real),
                }
            }
        }
    }

    /// The integer that stands for a real value; a cast holds it within the type.
    fn quantize(&self, real: f32) -> f64 {
        let quantization = self.quantization.as_ref();
        match quantization.filter(|parameters| parameters.as_per_tensor().is_some()) {
            Some(quantization) => quantization.quantize(real, 0) as f64,
            None => f64::from(real.round()),
        }
    }
}

/// A tensor with the elements that pixels in these places become.
fn fill<T: Element>(
    mut value: Value,
    pixels: &[u8],
    element: impl Fn(usize, u8) -> T,
) -> Result<Value, ImageError> {
    let elements = value.as_mut_slice::<T>()?;
    for (place, (slot, &pixel)) in std::iter::zip(elements, pixels).enumerate() {
        *slot = element(place, pixel);
    }
    Ok(value)
}

/// What pixels become for a type, unless somebody says otherwise.
fn usual_values(tensor: &Tensor) -> Result<PixelValues, ImageError> {
    use DataType::{Float16, Float32, Float64, Int8, Int16, Int32, Int64};
    use DataType::{UInt8, UInt16, UInt32, UInt64};
    let quantization = tensor.quantization.as_ref();
    let has_scale = quantization.is_some_and(|scales| scales.as_per_tensor().is_some());
    let normalized = PixelValues::Normalized(Normalization::minus_one_to_one());
    match tensor.dtype {
        Float32 | Float16 | Float64 => Ok(normalized),
        Int16 if has_scale => Ok(normalized),
        Int8 | UInt8 | Int16 | UInt16 | Int32 | UInt32 | Int64 | UInt64
            if has_scale || quantization.is_none() =>
        {
            Ok(PixelValues::AsTheyAre)
        }
        dtype => Err(ImageError::InputType {
            name: tensor.name.clone(),
            dtype,
            quantized: quantization.is_some(),
        }),
    }
}

fn no_image_input<'a>(inputs: impl Iterator<Item = &'a Tensor>) -> ImageError {
    let inputs: Vec<String> = inputs
        .map(|tensor| format!("{:?} {} {}", tensor.name, tensor.dtype, tensor.shape))
        .collect();
    ImageError::NoImageInput {
        inputs: inputs.join(", "),
    }
}
