//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM, without a kernel.

absent!(Lstm);
