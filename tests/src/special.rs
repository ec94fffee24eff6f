//! Floats that are not usual numbers. Each op says in the file of its cases which of them it is fed.

/// What an op is fed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Specials {
    /// Numbers of its domain alone.
    None,
    /// Some of these now and then.
    Of(&'static [f32]),
}

const LEAST: f32 = f32::from_bits(1);

/// The largest number whose products with the operands of cases, and sums of those, are still finite in every order.
const LARGE: f32 = (1_u128 << 100) as f32;

/// Whatever is not a usual number, and the least and the largest.
pub(crate) const ALL: Specials = Specials::Of(&[
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    -0.0,
    LEAST,
    -LEAST,
    f32::MIN_POSITIVE,
    f32::MAX,
    -f32::MAX,
]);

/// Where sums of the largest numbers would overflow in one order and not in another.
pub(crate) const OF_SUMS: Specials = Specials::Of(&[
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    -0.0,
    LEAST,
    -LEAST,
    LARGE,
    -LARGE,
]);

/// Where large numbers have no result that a float32 implementation can be held to.
pub(crate) const WITHOUT_LARGE: Specials = Specials::Of(&[
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    -0.0,
    LEAST,
    -LEAST,
    f32::MIN_POSITIVE,
]);

/// Where divisors of zero are refused.
pub(crate) const WITHOUT_ZEROS: Specials =
    Specials::Of(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX]);
