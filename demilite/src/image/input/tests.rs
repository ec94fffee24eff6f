//! Images become the tensors that inputs of every layout and type take.

use demilite_core::{DataType, Graph, GraphParts, Quantization, Shape, Tensor, Value};

use super::{Fit, Image, ImageError, ImageInput, Layout, Normalization, PixelValues};

/// A graph whose only input is `tensor`.
fn graph(tensor: Tensor) -> Graph {
    let mut parts = GraphParts::default();
    let input = parts.tensor(tensor);
    parts.inputs = vec![input];
    Graph::new(parts).unwrap()
}

fn input(dtype: DataType, quantization: Option<(f32, i32)>) -> Result<ImageInput, ImageError> {
    let mut tensor = Tensor::new("pixels", dtype, [1, 1, 2, 3]);
    tensor.quantization =
        quantization.map(|(scale, zero_point)| Quantization::per_tensor(scale, zero_point));
    ImageInput::of(&graph(tensor))
}

fn fed(input: &ImageInput) -> Value {
    let image = Image::from_rgb(2, 1, vec![0, 1, 127, 128, 254, 255]).unwrap();
    input.value(&[image], Fit::Crop).unwrap()
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
    let input = ImageInput::of(&graph(Tensor::new("x", DataType::Float32, [1, 1, 1, 1])));
    let input = input
        .unwrap()
        .normalized(Normalization::new([0.0], [1.0]).unwrap())
        .unwrap();
    let grey = Image::from_rgb(1, 1, vec![77; 3]).unwrap();
    let value = input.value(&[grey], Fit::Crop).unwrap();
    assert_eq!(value.as_slice::<f32>().unwrap(), [77.0]);
}

#[test]
fn other_inputs_are_refused_with_a_reason() {
    let bools = input(DataType::Bool, None).unwrap_err().to_string();
    assert!(
        bools.starts_with("input \"pixels\" is bool, and"),
        "{bools}"
    );
    let mut tensor = Tensor::new("x", DataType::Int8, [1, 2, 2, 3]);
    tensor.quantization = Some(Quantization::per_axis([0.5; 3], 3));
    let words = ImageInput::of(&graph(tensor)).unwrap_err().to_string();
    assert!(words.contains("int8 with several scales"), "{words}");
    let vector = ImageInput::of(&graph(Tensor::new("x", DataType::Float32, [1, 40])));
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
        Err(ImageError::Normalization { .. })
    ));
}

#[test]
fn integers_without_a_scale_take_pixels_as_they_are() {
    let pixels = [0_u8, 1, 127, 128, 254, 255];
    let raw = |dtype| fed(&input(dtype, None).unwrap());
    assert_eq!(raw(DataType::UInt8).as_slice::<u8>().unwrap(), pixels);
    assert_eq!(
        raw(DataType::Int8).as_slice::<i8>().unwrap(),
        pixels.map(|pixel| (i16::from(pixel) - 128) as i8)
    );
    assert_eq!(
        raw(DataType::Int16).as_slice::<i16>().unwrap(),
        pixels.map(i16::from)
    );
    assert_eq!(
        raw(DataType::Int32).as_slice::<i32>().unwrap(),
        pixels.map(i32::from)
    );
    assert_eq!(
        raw(DataType::Int64).as_slice::<i64>().unwrap(),
        pixels.map(i64::from)
    );
    let rule = Normalization::new([28.0], [2.0]).unwrap();
    let normalized = input(DataType::UInt8, None)
        .unwrap()
        .normalized(rule)
        .unwrap();
    assert_eq!(
        fed(&normalized).as_slice::<u8>().unwrap(),
        [0, 0, 50, 50, 113, 114]
    );
}

/// The input of a tensor of this shape, of which the file leaves some extents open.
fn shaped(shape: &[usize], open: &[usize]) -> Result<ImageInput, ImageError> {
    let mut tensor = Tensor::new("x", DataType::UInt8, Shape::new(shape));
    let signature = shape.iter().enumerate();
    let signature = signature.map(|(axis, &extent)| (!open.contains(&axis)).then_some(extent));
    tensor.shape_signature = Some(signature.collect());
    ImageInput::of(&graph(tensor))
}

#[test]
fn layouts_are_told_by_the_channels() {
    let layout =
        |shape: &[usize], open: &[usize]| shaped(shape, open).map(|input| input.layout()).ok();
    assert_eq!(layout(&[1, 224, 224, 3], &[]), Some(Layout::Nhwc));
    assert_eq!(layout(&[2, 3, 224, 224], &[]), Some(Layout::Nchw));
    assert_eq!(layout(&[1, 1, 28, 28], &[]), Some(Layout::Nchw));
    assert_eq!(layout(&[1, 3, 3, 3], &[]), Some(Layout::Nhwc));
    assert_eq!(layout(&[224, 224, 4], &[]), Some(Layout::Hwc));
    assert_eq!(layout(&[4, 224, 224], &[]), Some(Layout::Chw));
    assert_eq!(layout(&[1, 1, 1, 3], &[1, 2]), Some(Layout::Nhwc));
    assert_eq!(layout(&[1, 3, 1, 1], &[0, 2, 3]), Some(Layout::Nchw));
    assert_eq!(layout(&[0, 0, 0, 1], &[]), Some(Layout::Nhwc));
    assert_eq!(layout(&[1, 1, 1, 1], &[0, 1, 2, 3]), None);
    assert_eq!(layout(&[1, 224, 224, 2], &[]), None);
}

#[test]
fn channels_lie_where_the_layout_has_them() {
    // Two pixels beside each other.
    let image = || Image::from_rgb(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
    let bytes = |shape: &[usize]| {
        let input = shaped(shape, &[]).unwrap();
        let value = input.value(&[image()], Fit::Crop).unwrap();
        assert_eq!(value.shape()[..], *shape);
        value.as_slice::<u8>().unwrap().to_vec()
    };
    assert_eq!(bytes(&[1, 1, 2, 3]), [1, 2, 3, 4, 5, 6]);
    assert_eq!(bytes(&[1, 3, 1, 2]), [1, 4, 2, 5, 3, 6]);
    assert_eq!(bytes(&[1, 2, 3]), [1, 2, 3, 4, 5, 6]);
    assert_eq!(bytes(&[3, 1, 2]), [1, 4, 2, 5, 3, 6]);
    assert_eq!(bytes(&[1, 1, 2, 4]), [1, 2, 3, 255, 4, 5, 6, 255]);
    assert_eq!(bytes(&[4, 1, 2]), [1, 4, 2, 5, 3, 6, 255, 255]);
    assert_eq!(bytes(&[1, 1, 1, 2]), [2, 5]);
}

/// Means of 1, 2 and 3 leave nothing of the first pixel and 3 of the second, in either layout.
#[test]
fn each_channel_has_its_own_normalization_in_every_layout() {
    let image = Image::from_rgb(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
    for (shape, expected) in [
        ([1, 1, 2, 3], [0.0, 0.0, 0.0, 3.0, 3.0, 3.0]),
        ([1, 3, 1, 2], [0.0, 3.0, 0.0, 3.0, 0.0, 3.0]),
    ] {
        let input = ImageInput::of(&graph(Tensor::new("x", DataType::Float32, shape))).unwrap();
        let rule = Normalization::new([1.0, 2.0, 3.0], [1.0]).unwrap();
        let value = input.normalized(rule).unwrap();
        let value = value
            .value(std::slice::from_ref(&image), Fit::Crop)
            .unwrap();
        assert_eq!(value.as_slice::<f32>().unwrap(), expected);
    }
}

#[test]
fn open_extents_are_those_of_the_image_or_stated() {
    let image = Image::from_rgb(4, 2, vec![9; 24]).unwrap();
    let input = shaped(&[1, 1, 1, 3], &[1, 2]).unwrap();
    assert_eq!((input.height(), input.width()), (None, None));
    let value = input
        .value(std::slice::from_ref(&image), Fit::Crop)
        .unwrap();
    assert_eq!(value.shape()[..], [1, 2, 4, 3]);
    let planar = shaped(&[1, 3, 1, 1], &[2, 3]).unwrap();
    let value = planar
        .value(std::slice::from_ref(&image), Fit::Crop)
        .unwrap();
    assert_eq!(value.shape()[..], [1, 3, 2, 4]);
    let stated = input.sized(5, 7).unwrap();
    assert_eq!(stated.shape()[..], [1, 5, 7, 3]);
    let value = stated
        .value(std::slice::from_ref(&image), Fit::Crop)
        .unwrap();
    assert_eq!(value.shape()[..], [1, 5, 7, 3]);
    let wide = shaped(&[1, 1, 8, 3], &[1]).unwrap();
    let value = wide.value(&[image], Fit::Stretch).unwrap();
    assert_eq!(value.shape()[..], [1, 2, 8, 3]);
    let fixed = shaped(&[1, 6, 8, 3], &[]).unwrap();
    assert!(fixed.clone().sized(6, 8).is_ok());
    let words = fixed.sized(8, 6).unwrap_err().to_string();
    assert!(
        words.contains("[1,6,8,3] does not take images of height 8 and width 6"),
        "{words}"
    );
    assert!(shaped(&[1, 1, 1, 3], &[1, 2]).unwrap().sized(0, 7).is_err());
}

#[test]
fn a_batch_takes_its_number_of_images() {
    let input = ImageInput::of(&graph(Tensor::new("x", DataType::Float32, [2, 1, 1, 3])));
    let input = input.unwrap();
    let image = |grey| Image::from_rgb(1, 1, vec![grey; 3]).unwrap();
    let value = input.value(&[image(0), image(255)], Fit::Crop).unwrap();
    assert_eq!(
        value.as_slice::<f32>().unwrap(),
        [-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]
    );
    let one = input.value(&[image(0)], Fit::Crop);
    assert!(matches!(
        one,
        Err(ImageError::BatchSize {
            given: 1,
            expected: 2,
            ..
        })
    ));
}
