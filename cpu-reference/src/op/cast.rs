//! CAST.

use demilite_core::{DataType, NodeContext, OpError, View, op};
use demilite_executor::{KernelIo, Output, Prepared, Unprepared};
use half::{bf16, f16};

/// A number on its way from one type to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer of any type; true is 1.
    Integer(i64),
    /// A float of any type.
    Float(f64),
}

/// An element type that casts from or to another.
pub trait CastElement {
    /// The number that an element is.
    fn number(self) -> Number;

    /// The element that a number becomes.
    ///
    /// Integers wrap, floats round to the nearest even one, by way of single precision for 16-bit
    /// floats. Floats become integers by cutting off; those that do not fit become the nearest
    /// integer of the type, and NaN the greatest.
    fn from_number(number: Number) -> Self;
}

macro_rules! integers {
    ($($integer:ty),+) => {
        $(impl CastElement for $integer {
            fn number(self) -> Number {
                Number::Integer(i64::from(self))
            }

            fn from_number(number: Number) -> Self {
                match number {
                    Number::Integer(integer) => integer as $integer,
                    Number::Float(float) if float.is_nan() => <$integer>::MAX,
                    Number::Float(float) => float as $integer,
                }
            }
        })+
    };
}

integers!(i8, i16, i32, i64, u8, u16, u32);

impl CastElement for f32 {
    fn number(self) -> Number {
        Number::Float(self.into())
    }

    fn from_number(number: Number) -> Self {
        match number {
            Number::Integer(integer) => integer as f32,
            Number::Float(float) => float as f32,
        }
    }
}

impl CastElement for f64 {
    fn number(self) -> Number {
        Number::Float(self)
    }

    fn from_number(number: Number) -> Self {
        match number {
            Number::Integer(integer) => integer as f64,
            Number::Float(float) => float,
        }
    }
}

macro_rules! short_floats {
    ($($float:ty),+) => {
        $(impl CastElement for $float {
            fn number(self) -> Number {
                Number::Float(self.to_f64())
            }

            fn from_number(number: Number) -> Self {
                <$float>::from_f32(f32::from_number(number))
            }
        })+
    };
}

short_floats!(f16, bf16);

type Numbers<'a> = Box<dyn Iterator<Item = Number> + 'a>;

macro_rules! by_type {
    ($dtype:expr, $with:ident, $bools:expr) => {
        match $dtype {
            DataType::Float32 => $with!(f32),
            DataType::Float64 => $with!(f64),
            DataType::Float16 => $with!(f16),
            DataType::BFloat16 => $with!(bf16),
            DataType::Int8 => $with!(i8),
            DataType::Int16 => $with!(i16),
            DataType::Int32 => $with!(i32),
            DataType::Int64 => $with!(i64),
            DataType::UInt8 => $with!(u8),
            DataType::UInt16 => $with!(u16),
            DataType::UInt32 => $with!(u32),
            DataType::Bool => $bools,
            other => Err(no_cast(other)),
        }
    };
}

fn no_cast(dtype: DataType) -> OpError {
    OpError::rule(format!("no cast from or to {dtype}"))
}

/// The numbers of a tensor.
fn numbers(view: View<'_>) -> Result<Numbers<'_>, OpError> {
    macro_rules! read {
        ($element:ty) => {
            Ok(Box::new(
                view.as_slice::<$element>()?.iter().map(|&x| x.number()),
            ))
        };
    }
    let bools = || {
        view.bytes()
            .iter()
            .map(|&x| Number::Integer((x != 0).into()))
    };
    by_type!(view.dtype(), read, Ok(Box::new(bools())))
}

/// Fills a tensor with numbers.
fn store(numbers: Numbers<'_>, output: &mut Output<'_>) -> Result<(), OpError> {
    macro_rules! write {
        ($element:ty) => {{
            for (output, number) in output.as_mut_slice()?.iter_mut().zip(numbers) {
                *output = <$element>::from_number(number);
            }
            Ok(())
        }};
    }
    let is_true = |number| number != Number::Integer(0) && number != Number::Float(0.0);
    by_type!(output.dtype(), write, {
        for (output, number) in output.bytes_mut().iter_mut().zip(numbers) {
            *output = is_true(number).into();
        }
        Ok(())
    })
}

pub(crate) fn prepare(_: &op::Cast, node: &NodeContext<'_>) -> Prepared {
    let casts = |dtype: DataType| {
        macro_rules! known {
            ($element:ty) => {
                Ok(())
            };
        }
        by_type!(dtype, known, Ok(())).is_ok()
    };
    if !casts(node.required(0)?.dtype) || !casts(node.output(0).dtype) {
        return Err(Unprepared::types(node));
    }
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        store(numbers(io.view(0)?)?, &mut io.outputs[0])
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_wrap_and_floats_saturate() {
        assert_eq!(i8::from_number(300_i32.number()), 44);
        assert_eq!(u32::from_number((-1_i8).number()), u32::MAX);
        assert_eq!(u8::from_number((-1.5_f32).number()), 0);
        assert_eq!(i32::from_number(1e20_f32.number()), i32::MAX);
        assert_eq!(i32::from_number((-2.9_f32).number()), -2);
        assert_eq!(i16::from_number(f32::NAN.number()), i16::MAX);
    }

    #[test]
    fn floats_round_once_to_single_precision() {
        assert_eq!(f32::from_number(16_777_217_i64.number()), 16_777_216.0);
        assert_eq!(f16::from_number(0.1_f64.number()), f16::from_f32(0.1));
        assert_eq!(f64::from_number(f16::from_f32(0.5).number()), 0.5);
    }
}
