//! CALL, CALL_ONCE, IF, STABLEHLO_COMPOSITE and WHILE, without a kernel.

absent!(ControlFlow);
