//! STABLEHLO_RNG_BIT_GENERATOR, without a kernel.

absent!(RngBitGenerator);
