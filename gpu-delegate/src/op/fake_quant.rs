//! FAKE_QUANT, without a kernel.

absent!(FakeQuant);
