//! COMPLEX_ABS, IMAG and REAL, without a kernel.

absent!(ComplexPart);
