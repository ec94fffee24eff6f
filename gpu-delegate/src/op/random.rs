//! MULTINOMIAL, RANDOM_STANDARD_NORMAL and RANDOM_UNIFORM, without a kernel.

absent!(Random);
