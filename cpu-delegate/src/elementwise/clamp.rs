//! Clamps that loops over elements become vectors with.

/// `value` within the bounds; NaN stays NaN. The standard library's asks each time whether the bounds are in order.
#[inline(always)]
pub(crate) fn clamp(value: f32, (lower, upper): (f32, f32)) -> f32 {
    let value = if value < lower { lower } else { value };
    if value > upper { upper } else { value }
}

/// `value` within the bounds, the upper one last.
#[inline(always)]
pub(crate) fn clamp_integer(value: i32, (lower, upper): (i32, i32)) -> i32 {
    value.max(lower).min(upper)
}
