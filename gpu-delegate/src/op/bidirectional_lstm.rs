//! BIDIRECTIONAL_SEQUENCE_LSTM, without a kernel.

absent!(BidirectionalLstm);
