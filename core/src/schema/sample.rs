//! Values that differ from the defaults in every field, for tests.

/// Counts up, so that neighbouring fields get different values.
pub(super) struct Seed(u8);

impl Seed {
    pub(super) fn new() -> Self {
        Self(0)
    }

    /// A number from 3 to 102: positive in all types and no default of the schema.
    fn next(&mut self) -> u8 {
        self.0 = (self.0 + 1) % 100;
        self.0 + 3
    }
}

/// A value that is not `default`.
pub(super) trait Sample {
    fn sample(seed: &mut Seed, default: Self) -> Self;
}

impl Sample for bool {
    fn sample(_seed: &mut Seed, default: Self) -> Self {
        !default
    }
}

macro_rules! scalar {
    ($($scalar:ty)*) => {$(
        impl Sample for $scalar {
            fn sample(seed: &mut Seed, _default: Self) -> Self {
                seed.next() as $scalar
            }
        }
    )*};
}

scalar!(i8 u8 u16 i32 u32 i64 u64 f32);

impl Sample for String {
    fn sample(seed: &mut Seed, _default: Self) -> Self {
        format!("name {}", seed.next())
    }
}

impl Sample for &[u8] {
    fn sample(seed: &mut Seed, _default: Self) -> Self {
        const DATA: [u8; 200] = [0xA5; 200];
        &DATA[..seed.next() as usize]
    }
}

impl<T: Sample + Default> Sample for Vec<T> {
    fn sample(seed: &mut Seed, _default: Self) -> Self {
        (0..2).map(|_| T::sample(seed, T::default())).collect()
    }
}

impl<T: Sample + Default> Sample for Option<T> {
    fn sample(seed: &mut Seed, _default: Self) -> Self {
        Some(T::sample(seed, T::default()))
    }
}

impl<T: Sample + Default> Sample for Box<T> {
    fn sample(seed: &mut Seed, _default: Self) -> Self {
        Box::new(T::sample(seed, T::default()))
    }
}
