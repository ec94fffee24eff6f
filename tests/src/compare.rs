//! Whether a tensor is the one that was expected.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use demilite_core::{DataType, Shape, ValueError, View};
use serde::Serialize;

/// How far a float may lie from the expected one: within the largest of the three allowances.
///
/// Integers and booleans are always compared byte for byte.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Distance on the number line.
    pub absolute: f64,
    /// Distance as a part of the expected value's size.
    pub relative: f64,
    /// Distance in steps of the element type.
    pub ulps: u64,
}

impl Tolerance {
    /// Equal bits; a NaN equals any other.
    pub const EXACT: Tolerance = Tolerance {
        absolute: 0.0,
        relative: 0.0,
        ulps: 0,
    };

    /// Within a distance on the number line.
    pub fn absolute(absolute: f64) -> Self {
        Tolerance {
            absolute,
            ..Tolerance::EXACT
        }
    }

    fn admits(&self, actual: Number, expected: Number) -> bool {
        let (Some(a), Some(e)) = (actual.place, expected.place) else {
            return actual.bits == expected.bits;
        };
        if actual.bits == expected.bits || (actual.real.is_nan() && expected.real.is_nan()) {
            return true;
        }
        if !actual.real.is_finite() || !expected.real.is_finite() {
            return false;
        }
        let allowed = self.absolute.max(self.relative * expected.real.abs());
        (allowed > 0.0 && (actual.real - expected.real).abs() <= allowed)
            || (self.ulps > 0 && a.abs_diff(e) <= self.ulps)
    }
}

/// Why a tensor is not the one that was expected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// Another element type.
    #[error("it holds {actual} where {expected} is expected")]
    Type {
        /// The type that came out.
        actual: DataType,
        /// The type that should have.
        expected: DataType,
    },
    /// Another shape.
    #[error("it has shape {actual} where {expected} is expected")]
    Shape {
        /// The shape that came out.
        actual: Shape,
        /// The shape that should have.
        expected: Shape,
    },
    /// Other elements.
    #[error("{0}")]
    Elements(ElementDifferences),
    /// Data that does not fit its type.
    #[error(transparent)]
    Value(#[from] ValueError),
}

/// How many elements differ, and the first of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementDifferences {
    /// How many differ by more than is allowed.
    pub differing: usize,
    /// How many there are.
    pub elements: usize,
    /// The indices of the first that differs.
    pub first: Vec<usize>,
    /// What came out there.
    pub actual: String,
    /// What should have.
    pub expected: String,
    /// The largest distance on the number line over all elements; infinite where one of two is
    /// not finite.
    pub largest: f64,
}

impl fmt::Display for ElementDifferences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} elements differ, the first at {:?}: {} where {} is expected; the largest \
             distance is {:e}",
            self.differing, self.elements, self.first, self.actual, self.expected, self.largest
        )
    }
}

/// How far apart two tensors of one type and shape are.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Distance {
    /// How many elements have other bits; a NaN counts as any other.
    pub differing: usize,
    /// The largest distance of two elements on the number line; infinite where one of two is not
    /// finite.
    pub absolute: f64,
    /// The largest distance of two floats in steps of their type.
    pub ulps: u64,
}

impl Distance {
    /// Whether every element has the expected bits.
    pub fn is_exact(&self) -> bool {
        self.differing == 0
    }

    /// The distance of two tensors together.
    pub fn with(self, other: Distance) -> Distance {
        Distance {
            differing: self.differing + other.differing,
            absolute: self.absolute.max(other.absolute),
            ulps: self.ulps.max(other.ulps),
        }
    }

    fn of(actual: Number, expected: Number) -> Distance {
        if actual.bits == expected.bits || (actual.real.is_nan() && expected.real.is_nan()) {
            return Distance::default();
        }
        let absolute = (actual.real - expected.real).abs();
        let places = actual.place.zip(expected.place);
        Distance {
            differing: 1,
            absolute: if absolute.is_nan() {
                f64::INFINITY
            } else {
                absolute
            },
            ulps: places.map_or(0, |(actual, expected)| actual.abs_diff(expected)),
        }
    }
}

/// Holds a tensor against the expected one. Returns how far apart they are.
///
/// # Errors
/// A [`Difference`].
pub fn compare(
    actual: View<'_>,
    expected: View<'_>,
    tolerance: Tolerance,
) -> Result<Distance, Difference> {
    let (a, e) = (numbers(actual)?, numbers(expected)?);
    let admits = |element: usize| tolerance.admits(a[element], e[element]);
    compare_by(actual, expected, admits)
}

/// Holds a tensor against the expected one, where `admits` says of each element in the order of memory whether it will do.
/// Returns how far apart they are.
///
/// # Errors
/// A [`Difference`].
pub(crate) fn compare_by(
    actual: View<'_>,
    expected: View<'_>,
    admits: impl Fn(usize) -> bool,
) -> Result<Distance, Difference> {
    if actual.dtype() != expected.dtype() {
        return Err(Difference::Type {
            actual: actual.dtype(),
            expected: expected.dtype(),
        });
    }
    if actual.shape() != expected.shape() {
        return Err(Difference::Shape {
            actual: actual.shape().clone(),
            expected: expected.shape().clone(),
        });
    }
    let (a, e) = (numbers(actual)?, numbers(expected)?);
    let distance = std::iter::zip(&a, &e)
        .map(|(a, e)| Distance::of(*a, *e))
        .fold(Distance::default(), Distance::with);
    let mut differing = (0..e.len()).filter(|&element| !admits(element));
    match differing.next() {
        None => Ok(distance),
        Some(first) => Err(Difference::Elements(ElementDifferences {
            differing: 1 + differing.count(),
            elements: e.len(),
            first: indices(expected.shape(), first),
            actual: a[first].to_string(),
            expected: e[first].to_string(),
            largest: distance.absolute,
        })),
    }
}

fn indices(shape: &Shape, flat: usize) -> Vec<usize> {
    let axes = std::iter::zip(shape.strides(), shape.iter());
    axes.map(|(stride, extent)| flat / stride % extent)
        .collect()
}

/// An element of any type, for comparison.
#[derive(Debug, Clone, Copy)]
struct Number {
    /// The bits as they lie in memory.
    bits: u64,
    /// The number that they stand for.
    real: f64,
    /// For floats the place among all numbers of the type, in their order.
    place: Option<i64>,
}

impl Number {
    fn integer(bits: u64, real: f64) -> Self {
        Number {
            bits,
            real,
            place: None,
        }
    }

    /// What stands for a string: its hash, and its length.
    fn string(string: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        string.hash(&mut hasher);
        Number::integer(hasher.finish(), string.len() as f64)
    }

    /// A float whose topmost bit is bit `sign`.
    fn float(bits: u64, sign: u32, real: f64) -> Self {
        let magnitude = (bits & ((1 << sign) - 1)) as i64;
        let is_negative = bits >> sign == 1;
        Number {
            bits,
            real,
            place: Some(if is_negative { -magnitude } else { magnitude }),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(_) => write!(f, "{:?}", self.real),
            None => write!(f, "{}", self.real),
        }
    }
}

/// The elements of a tensor; those of packed and opaque types byte for byte, and of strings what stands for them.
fn numbers(view: View<'_>) -> Result<Vec<Number>, ValueError> {
    macro_rules! integers {
        ($element:ty) => {{
            let elements = view.as_slice::<$element>()?.iter();
            elements
                .map(|&value| Number::integer(value as u64, value as f64))
                .collect()
        }};
    }
    macro_rules! floats {
        ($element:ty) => {{
            let elements = view.as_slice::<$element>()?.iter();
            let sign = 8 * size_of::<$element>() as u32 - 1;
            elements
                .map(|&value| Number::float(value.to_bits().into(), sign, value.into()))
                .collect()
        }};
    }
    Ok(match view.dtype() {
        DataType::Float32 => floats!(f32),
        DataType::Float16 => floats!(half::f16),
        DataType::Float64 => floats!(f64),
        DataType::BFloat16 => floats!(half::bf16),
        DataType::Int8 => integers!(i8),
        DataType::Int16 => integers!(i16),
        DataType::Int32 => integers!(i32),
        DataType::Int64 => integers!(i64),
        DataType::UInt8 => integers!(u8),
        DataType::UInt16 => integers!(u16),
        DataType::UInt32 => integers!(u32),
        DataType::UInt64 => integers!(u64),
        DataType::String => {
            let strings = view.strings()?.iter();
            strings.map(Number::string).collect()
        }
        DataType::Bool
        | DataType::Complex64
        | DataType::Complex128
        | DataType::Resource
        | DataType::Variant
        | DataType::Int4
        | DataType::Int2
        | DataType::UInt4
        | DataType::Float8E4M3Fn
        | DataType::Float8E5M2 => {
            let bytes = view.bytes().iter();
            bytes
                .map(|&byte| Number::integer(byte.into(), byte.into()))
                .collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use demilite_core::Value;

    use super::*;

    fn f32s(elements: &[f32]) -> Value {
        Value::from_slice([elements.len()], elements).expect("as many as there are")
    }

    fn held(actual: &[f32], expected: &[f32], tolerance: Tolerance) -> Result<f64, Difference> {
        let distance = compare(f32s(actual).view(), f32s(expected).view(), tolerance);
        distance.map(|distance| distance.absolute)
    }

    #[test]
    fn exact_means_equal_bits() {
        assert_eq!(held(&[1.0, -0.0], &[1.0, -0.0], Tolerance::EXACT), Ok(0.0));
        assert!(held(&[0.0], &[-0.0], Tolerance::EXACT).is_err());
        assert!(held(&[1.0], &[1.0 + f32::EPSILON], Tolerance::EXACT).is_err());
        assert_eq!(held(&[f32::NAN], &[-f32::NAN], Tolerance::EXACT), Ok(0.0));
    }

    #[test]
    fn each_allowance_has_its_edge() {
        let absolute = Tolerance::absolute(0.25);
        assert_eq!(held(&[1.25], &[1.0], absolute), Ok(0.25));
        assert!(held(&[1.2500002], &[1.0], absolute).is_err());
        let relative = Tolerance {
            relative: 0.5,
            ..Tolerance::EXACT
        };
        assert!(held(&[-3.0], &[-2.0], relative).is_ok());
        assert!(held(&[-0.9], &[-2.0], relative).is_err());
        let ulps = Tolerance {
            ulps: 2,
            ..Tolerance::EXACT
        };
        let next = |value: f32, steps| f32::from_bits(value.to_bits() + steps);
        assert!(held(&[next(1.0, 2)], &[1.0], ulps).is_ok());
        assert!(held(&[next(1.0, 3)], &[1.0], ulps).is_err());
        assert!(held(&[-f32::from_bits(1)], &[f32::from_bits(1)], ulps).is_ok());
    }

    #[test]
    fn no_tolerance_admits_what_is_not_finite() {
        let wide = Tolerance {
            absolute: f64::INFINITY,
            relative: f64::INFINITY,
            ulps: u64::MAX,
        };
        for (actual, expected) in [(f32::NAN, 1.0), (f32::INFINITY, f32::MAX), (1.0, f32::NAN)] {
            assert!(held(&[actual], &[expected], wide).is_err());
        }
    }

    #[test]
    fn distances_count_steps_and_elements() {
        let wide = Tolerance::absolute(10.0);
        let actual = f32s(&[1.0, -0.0, 2.0, f32::NAN]);
        let expected = f32s(&[1.0, 0.0, 2.0 + 4.0 * f32::EPSILON, -f32::NAN]);
        let distance = compare(actual.view(), expected.view(), wide).expect("they are close");
        assert!(!distance.is_exact());
        assert_eq!((distance.differing, distance.ulps), (2, 2));
        let same = compare(actual.view(), actual.view(), Tolerance::EXACT);
        let same = same.expect("they are equal");
        assert!(same.is_exact());
        assert_eq!(same.with(distance), distance);
    }

    #[test]
    fn integers_have_no_tolerance() {
        let value = |byte: i8| Value::from_slice([1, 2], &[7, byte]).expect("two elements");
        let wide = Tolerance {
            absolute: 9.0,
            ..Tolerance::EXACT
        };
        let difference = compare(value(-2).view(), value(-1).view(), wide);
        assert_eq!(
            difference.expect_err("they differ").to_string(),
            "1 of 2 elements differ, the first at [0, 1]: -2 where -1 is expected; the largest \
             distance is 1e0"
        );
    }
}
