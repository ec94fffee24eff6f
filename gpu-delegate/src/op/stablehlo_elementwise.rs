//! STABLEHLO_ADD, STABLEHLO_MAXIMUM, STABLEHLO_MINIMUM and STABLEHLO_MULTIPLY, without a kernel.

absent!(StablehloElementwise);
