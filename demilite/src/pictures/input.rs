//! From pictures to the tensor that a model takes.

use half::f16;

use demilite_core::{DataType, Element, Graph, Quantization, Shape, Value};

use super::error::PictureError;
use super::metadata::TensorMetadata;
use super::normalization::Normalization;
use super::picture::{Fit, Picture};

/// What the pixels of a picture become before they are an input.
#[derive(Debug, Clone, PartialEq)]
pub enum PixelValues {
    /// Integers as they are, from the least value of the type on: `pixel` for uint8,
    /// `pixel − 128` for int8.
    ///
    /// This is what TFLite's image tools feed 8-bit models, and what
    /// [`Normalized`](PixelValues::Normalized) comes to wherever the input's scale spreads the
    /// normalized range over the 256 values.
    AsTheyAre,
    /// Real values; where the input is quantized, quantized with its own scale and zero point:
    /// `q = round(real / scale) + zero_point`, halves away from zero, held within the type.
    Normalized(Normalization),
}

/// The input of a graph that takes pictures: one tensor [batch, height, width, channels] with 1
/// (brightness) or 3 (red, green, blue) channels.
#[derive(Debug, Clone)]
pub struct PictureInput {
    dtype: DataType,
    shape: Shape,
    quantization: Option<Quantization>,
    values: PixelValues,
}

impl PictureInput {
    /// The input of a graph, with [`PixelValues::AsTheyAre`] for int8 and uint8, and
    /// [`Normalization::minus_one_to_one`] for the other types, until said otherwise.
    ///
    /// # Errors
    /// [`PictureError::NoPictureInput`], or [`PictureError::InputType`].
    pub fn of(graph: &Graph) -> Result<Self, PictureError> {
        let tensors = graph.inputs().iter().map(|&id| graph.tensor(id));
        let [id] = *graph.inputs() else {
            return Err(no_picture_input(tensors));
        };
        let tensor = graph.tensor(id);
        let [batch, height, width, channels] = tensor.shape[..] else {
            return Err(no_picture_input(tensors));
        };
        let fits_u32 = [height, width].map(|extent| u32::try_from(extent).is_ok());
        if [batch, height, width].contains(&0)
            || ![1, 3].contains(&channels)
            || fits_u32 != [true; 2]
        {
            return Err(no_picture_input(tensors));
        }
        let has_scale = tensor
            .quantization
            .as_ref()
            .is_some_and(|quantization| quantization.as_per_tensor().is_some());
        let (supported, values) = match tensor.dtype {
            DataType::Float32 | DataType::Float16 => (true, None),
            DataType::Int8 | DataType::UInt8 => (has_scale, Some(PixelValues::AsTheyAre)),
            DataType::Int16 => (has_scale, None),
            _ => (false, None),
        };
        if !supported {
            return Err(PictureError::InputType {
                name: tensor.name.clone(),
                dtype: tensor.dtype,
                quantized: has_scale,
            });
        }
        Ok(PictureInput {
            dtype: tensor.dtype,
            shape: tensor.shape.clone(),
            quantization: tensor.quantization.clone(),
            values: values
                .unwrap_or_else(|| PixelValues::Normalized(Normalization::minus_one_to_one())),
        })
    }

    /// The same input with pixels normalized by this rule.
    ///
    /// # Errors
    /// [`PictureError::Normalization`] for a rule of another number of channels.
    pub fn normalized(mut self, rule: Normalization) -> Result<Self, PictureError> {
        if !rule.fits(self.channels()) {
            return Err(PictureError::Normalization {
                mean: rule.mean().to_vec(),
                std: rule.std().to_vec(),
                channels: self.channels(),
            });
        }
        self.values = PixelValues::Normalized(rule);
        Ok(self)
    }

    /// The same input as the file describes it: with its normalization, but for uint8 inputs,
    /// which take pixels as they are whatever the rule, as in TFLite's task library.
    ///
    /// # Errors
    /// [`PictureError::Normalization`] for a rule of another number of channels.
    pub fn described(self, metadata: &TensorMetadata) -> Result<Self, PictureError> {
        match &metadata.normalization {
            Some(rule) if self.dtype != DataType::UInt8 => self.normalized(rule.clone()),
            _ => Ok(self),
        }
    }

    /// What pixels become.
    pub fn pixel_values(&self) -> &PixelValues {
        &self.values
    }

    /// The element type.
    pub fn dtype(&self) -> DataType {
        self.dtype
    }

    /// The number of pictures that the input takes at once.
    pub fn batch(&self) -> usize {
        self.shape[0]
    }

    /// The height in pixels.
    pub fn height(&self) -> u32 {
        self.shape[1] as u32
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.shape[2] as u32
    }

    /// The number of channels: 1 or 3.
    pub fn channels(&self) -> usize {
        self.shape[3]
    }

    /// The tensor of as many pictures as the input takes at once.
    ///
    /// # Errors
    /// [`PictureError::BatchSize`] for more or fewer pictures.
    pub fn value(&self, pictures: &[Picture], fit: Fit) -> Result<Value, PictureError> {
        if pictures.len() != self.batch() {
            return Err(PictureError::BatchSize {
                given: pictures.len(),
                expected: self.batch(),
                shape: self.shape.clone(),
            });
        }
        let pixels: Vec<u8> = pictures
            .iter()
            .flat_map(|picture| {
                let picture = picture.resized(self.width(), self.height(), fit);
                match self.channels() {
                    1 => picture.to_luma(),
                    _ => picture.to_rgb(),
                }
            })
            .collect();
        match (&self.values, self.dtype) {
            (PixelValues::AsTheyAre, DataType::Int8) => {
                self.collect(pixels.iter().map(|&pixel| (pixel ^ 0x80) as i8))
            }
            (PixelValues::AsTheyAre, _) => self.collect(pixels.into_iter()),
            (PixelValues::Normalized(rule), dtype) => {
                let reals = pixels
                    .iter()
                    .enumerate()
                    .map(|(place, &pixel)| rule.apply(pixel, place % self.channels()));
                match dtype {
                    DataType::Float16 => self.collect(reals.map(f16::from_f32)),
                    DataType::Int8 => self.collect(reals.map(|real| self.quantize(real) as i8)),
                    DataType::UInt8 => self.collect(reals.map(|real| self.quantize(real) as u8)),
                    DataType::Int16 => self.collect(reals.map(|real| self.quantize(real) as i16)),
                    _ => self.collect(reals),
                }
            }
        }
    }

    fn collect<T: Element>(
        &self,
        elements: impl Iterator<Item = T>,
    ) -> Result<Value, PictureError> {
        let elements: Vec<T> = elements.collect();
        Ok(Value::from_slice(self.shape.clone(), &elements)?)
    }

    /// The integer that stands for a real value, within the type.
    fn quantize(&self, real: f32) -> f32 {
        let parameters = self
            .quantization
            .as_ref()
            .and_then(Quantization::as_per_tensor);
        let (scale, zero_point) = parameters.unwrap_or((1.0, 0));
        let (least, most) = self.dtype.quantized_range().unwrap_or((0, 0));
        ((real / scale).round() + zero_point as f32).clamp(least as f32, most as f32)
    }
}

fn no_picture_input<'a>(inputs: impl Iterator<Item = &'a demilite_core::Tensor>) -> PictureError {
    let inputs: Vec<String> = inputs
        .map(|tensor| format!("{:?} {} {}", tensor.name, tensor.dtype, tensor.shape))
        .collect();
    PictureError::NoPictureInput {
        inputs: inputs.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::{DataType, Graph, GraphParts, Quantization, Tensor, Value};

    use super::{Fit, Normalization, Picture, PictureError, PictureInput, PixelValues};

    /// A graph whose only input is `tensor`.
    fn graph(tensor: Tensor) -> Graph {
        let mut parts = GraphParts::default();
        let input = parts.tensor(tensor);
        parts.inputs = vec![input];
        Graph::new(parts).unwrap()
    }

    fn input(
        dtype: DataType,
        quantization: Option<(f32, i32)>,
    ) -> Result<PictureInput, PictureError> {
        let mut tensor = Tensor::new("pixels", dtype, [1, 1, 2, 3]);
        tensor.quantization =
            quantization.map(|(scale, zero_point)| Quantization::per_tensor(scale, zero_point));
        PictureInput::of(&graph(tensor))
    }

    fn fed(input: &PictureInput) -> Value {
        let picture = Picture::from_rgb(2, 1, vec![0, 1, 127, 128, 254, 255]).unwrap();
        input.value(&[picture], Fit::Crop).unwrap()
    }

    fn unit() -> Normalization {
        Normalization::new([0.0], [255.0]).unwrap()
    }

    #[test]
    fn floats_run_from_minus_one_to_one() {
        let value = fed(&input(DataType::Float32, None).unwrap());
        let expected = [
            -1.0,
            -126.5 / 127.5,
            -0.5 / 127.5,
            0.5 / 127.5,
            126.5 / 127.5,
            1.0,
        ];
        assert_eq!(value.as_slice::<f32>().unwrap(), expected);
    }

    #[test]
    fn eight_bit_inputs_take_pixels_as_they_are() {
        let value = fed(&input(DataType::UInt8, Some((1.0 / 128.0, 128))).unwrap());
        assert_eq!(value.as_slice::<u8>().unwrap(), [0, 1, 127, 128, 254, 255]);
        let value = fed(&input(DataType::Int8, Some((1.0, -128))).unwrap());
        assert_eq!(
            value.as_slice::<i8>().unwrap(),
            [-128, -127, -1, 0, 126, 127]
        );
    }

    #[test]
    fn normalization_that_matches_the_scale_gives_the_pixels() {
        let rule = Normalization::new([128.0], [128.0]).unwrap();
        let symmetric = input(DataType::UInt8, Some((1.0 / 128.0, 128))).unwrap();
        let value = fed(&symmetric.normalized(rule).unwrap());
        assert_eq!(value.as_slice::<u8>().unwrap(), [0, 1, 127, 128, 254, 255]);
        let positive = input(DataType::Int8, Some((1.0 / 255.0, -128))).unwrap();
        let value = fed(&positive.normalized(unit()).unwrap());
        assert_eq!(
            value.as_slice::<i8>().unwrap(),
            [-128, -127, -1, 0, 126, 127]
        );
    }

    /// 1 / 255, 127 / 255, … of 32768 steps, and 1 held at 32767.
    #[test]
    fn sixteen_bit_inputs_are_quantized_and_held_within_the_type() {
        let input = input(DataType::Int16, Some((1.0 / 32768.0, 0))).unwrap();
        let value = fed(&input.normalized(unit()).unwrap());
        assert_eq!(
            value.as_slice::<i16>().unwrap(),
            [0, 129, 16320, 16448, 32639, 32767]
        );
    }

    #[test]
    fn one_channel_takes_the_brightness() {
        let input = PictureInput::of(&graph(Tensor::new("x", DataType::Float32, [1, 1, 1, 1])));
        let input = input
            .unwrap()
            .normalized(Normalization::new([0.0], [1.0]).unwrap())
            .unwrap();
        let grey = Picture::from_rgb(1, 1, vec![77; 3]).unwrap();
        let value = input.value(&[grey], Fit::Crop).unwrap();
        assert_eq!(value.as_slice::<f32>().unwrap(), [77.0]);
    }

    #[test]
    fn other_inputs_are_refused_with_a_reason() {
        let words = input(DataType::Int8, None).unwrap_err().to_string();
        assert!(
            words.starts_with("input \"pixels\" is int8 without one scale"),
            "{words}"
        );
        assert!(matches!(
            input(DataType::Int32, None),
            Err(PictureError::InputType { .. })
        ));
        let vector = PictureInput::of(&graph(Tensor::new("x", DataType::Float32, [1, 40])));
        let words = vector.unwrap_err().to_string();
        assert!(
            words.contains("its inputs are \"x\" float32 [1,40]"),
            "{words}"
        );
        let rule = Normalization::new([1.0, 2.0], [1.0]).unwrap();
        let float = input(DataType::Float32, None).unwrap();
        assert!(matches!(float.pixel_values(), PixelValues::Normalized(_)));
        assert!(matches!(
            float.normalized(rule),
            Err(PictureError::Normalization { .. })
        ));
    }

    #[test]
    fn a_batch_takes_its_number_of_pictures() {
        let input = PictureInput::of(&graph(Tensor::new("x", DataType::Float32, [2, 1, 1, 3])));
        let input = input.unwrap();
        let picture = |grey| Picture::from_rgb(1, 1, vec![grey; 3]).unwrap();
        let value = input.value(&[picture(0), picture(255)], Fit::Crop).unwrap();
        assert_eq!(
            value.as_slice::<f32>().unwrap(),
            [-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]
        );
        let one = input.value(&[picture(0)], Fit::Crop);
        assert!(matches!(
            one,
            Err(PictureError::BatchSize {
                given: 1,
                expected: 2,
                ..
            })
        ));
    }
}
