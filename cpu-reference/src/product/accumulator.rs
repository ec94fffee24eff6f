//! Running sums of products.

use demilite_core::Element;
use demilite_core::quantization::QuantizedMultiplier;

/// A sum of products, added one at a time in the order of the reference.
pub trait Accumulator: Copy + Default {
    /// The type of both factors.
    type Operand: Copy + Default;

    /// This sum with `input · weight` added.
    fn plus_product(self, input: Self::Operand, weight: Self::Operand) -> Self;
}

impl Accumulator for f32 {
    type Operand = f32;

    fn plus_product(self, input: f32, weight: f32) -> f32 {
        // Two roundings: the reference does not contract to a fused multiply-add.
        self + input * weight
    }
}

impl Accumulator for i32 {
    type Operand = i16;

    fn plus_product(self, input: i16, weight: i16) -> i32 {
        self.wrapping_add(i32::from(input) * i32::from(weight))
    }
}

impl Accumulator for i64 {
    type Operand = i16;

    fn plus_product(self, input: i16, weight: i16) -> i64 {
        self + i64::from(i32::from(input) * i32::from(weight))
    }
}

/// A sum of integer products that becomes a quantized number.
pub trait IntegerAccumulator: Accumulator<Operand = i16> + Element + Send + Sync {
    /// This sum and `bias`; overflow wraps.
    fn plus(self, bias: Self) -> Self;

    /// This sum times a real factor: 32-bit sums are rounded twice, 64-bit sums once.
    fn multiply(self, factor: QuantizedMultiplier) -> i32;

    /// This sum as the nearest double.
    fn to_f64(self) -> f64;
}

impl IntegerAccumulator for i32 {
    fn plus(self, bias: Self) -> Self {
        self.wrapping_add(bias)
    }

    fn multiply(self, factor: QuantizedMultiplier) -> i32 {
        factor.apply(self)
    }

    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl IntegerAccumulator for i64 {
    fn plus(self, bias: Self) -> Self {
        self.wrapping_add(bias)
    }

    fn multiply(self, factor: QuantizedMultiplier) -> i32 {
        factor.apply_64(self)
    }

    fn to_f64(self) -> f64 {
        self as f64
    }
}
