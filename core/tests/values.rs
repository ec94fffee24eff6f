//! Values and views of them.

use demilite_core::{AlignedBytes, DataType, Shape, Value, ValueError, View, ViewMut};

#[test]
fn lengths_are_checked() {
    assert!(Value::from_slice([2, 3], &[0_i8; 6]).is_ok());
    let error = Value::from_slice([2, 3], &[0_i16; 5]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a tensor of type int16 and shape [2,3] takes 12 bytes, not 10"
    );
    assert!(Value::zeros(DataType::Float32, [usize::MAX, 2]).is_err());
}

#[test]
fn types_are_checked() {
    let value = Value::from_slice([1], &[1.5_f32]).unwrap();
    assert_eq!(value.as_slice::<f32>().unwrap(), [1.5]);
    assert!(value.as_slice::<i32>().is_err());
    assert!(value.view().to_indices().is_err());
}

#[test]
fn foreign_bytes_are_checked() {
    let memory = AlignedBytes::copied(&[0; 24]);
    let shape = Shape::from([5]);
    let view = |range| View::from_bytes(DataType::Float32, &shape, &memory.as_slice()[range]);
    assert_eq!(view(4..24).unwrap().as_slice::<f32>().unwrap(), [0.0; 5]);
    let misaligned = view(1..21).unwrap_err();
    assert!(matches!(
        misaligned,
        ValueError::Misaligned(DataType::Float32)
    ));
    assert!(matches!(view(0..24), Err(ValueError::WrongLength { .. })));
}

#[test]
fn foreign_bytes_are_written() {
    let mut memory = AlignedBytes::copied(&[0; 8]);
    let shape = Shape::from([2]);
    let bytes = &mut memory.as_mut_slice()[4..];
    let mut view = ViewMut::from_bytes(DataType::Int16, &shape, bytes).unwrap();
    view.as_mut_slice::<i16>().unwrap()[1] = -1;
    assert!(view.as_mut_slice::<i32>().is_err());
    assert_eq!(memory.as_slice(), [0, 0, 0, 0, 0, 0, 255, 255]);
}

#[test]
fn scalars_have_one_element() {
    let value = Value::from_slice(Shape::SCALAR, &[7_i64]).unwrap();
    assert_eq!(value.view().to_indices().unwrap(), [7]);
    assert!(value.reshaped([1, 1]).is_ok());
}
