//! Recurrent layers.

use demilite::schema::{
    BidirectionalSequenceLSTMOptions, BidirectionalSequenceRNNOptions, BuiltinOperator,
    BuiltinOptions, LSTMOptions, RNNOptions, SVDFOptions, SequenceRNNOptions,
    UnidirectionalSequenceLSTMOptions,
};

use super::code::{activation, narrow};
use crate::abi::params::{
    BidirectionalSequenceLSTMParams, BidirectionalSequenceRNNParams, BuiltinData, LSTMParams,
    RNNParams, SVDFParams, SequenceRNNParams, UnidirectionalSequenceLSTMParams,
};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    use BuiltinOperator as Of;
    match data.operator() {
        Of::Svdf => svdf(data.read()?).map(BuiltinOptions::SVDFOptions),
        Of::Rnn => rnn(data.read()?).map(BuiltinOptions::RNNOptions),
        Of::UnidirectionalSequenceRnn => {
            sequence_rnn(data.read()?).map(BuiltinOptions::SequenceRNNOptions)
        }
        Of::BidirectionalSequenceRnn => {
            bidirectional_rnn(data.read()?).map(BuiltinOptions::BidirectionalSequenceRNNOptions)
        }
        Of::UnidirectionalSequenceLstm => {
            sequence_lstm(data.read()?).map(BuiltinOptions::UnidirectionalSequenceLSTMOptions)
        }
        Of::BidirectionalSequenceLstm => {
            bidirectional_lstm(data.read()?).map(BuiltinOptions::BidirectionalSequenceLSTMOptions)
        }
        _ => lstm(data.read()?).map(BuiltinOptions::LSTMOptions),
    }
}

fn svdf(params: SVDFParams) -> Result<SVDFOptions, String> {
    Ok(SVDFOptions {
        rank: params.rank,
        fused_activation_function: activation(params.activation)?,
        asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
    })
}

fn rnn(params: RNNParams) -> Result<RNNOptions, String> {
    Ok(RNNOptions {
        fused_activation_function: activation(params.activation)?,
        asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
    })
}

fn sequence_rnn(params: SequenceRNNParams) -> Result<SequenceRNNOptions, String> {
    Ok(SequenceRNNOptions {
        time_major: params.time_major != 0,
        fused_activation_function: activation(params.activation)?,
        asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
    })
}

fn bidirectional_rnn(
    params: BidirectionalSequenceRNNParams,
) -> Result<BidirectionalSequenceRNNOptions, String> {
    Ok(BidirectionalSequenceRNNOptions {
        time_major: params.time_major != 0,
        fused_activation_function: activation(params.activation)?,
        merge_outputs: params.merge_outputs != 0,
        asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
    })
}

fn lstm(params: LSTMParams) -> Result<LSTMOptions, String> {
    Ok(LSTMOptions {
        fused_activation_function: activation(params.activation)?,
        cell_clip: params.cell_clip,
        proj_clip: params.proj_clip,
        kernel_type: narrow(params.kernel_type, "kind of kernel")?,
        asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
    })
}

fn sequence_lstm(
    params: UnidirectionalSequenceLSTMParams,
) -> Result<UnidirectionalSequenceLSTMOptions, String> {
    Ok(UnidirectionalSequenceLSTMOptions {
        fused_activation_function: activation(params.activation)?,
        cell_clip: params.cell_clip,
        proj_clip: params.proj_clip,
        time_major: params.time_major != 0,
        asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
        diagonal_recurrent_tensors: params.diagonal_recurrent_tensors != 0,
    })
}

fn bidirectional_lstm(
    params: BidirectionalSequenceLSTMParams,
) -> Result<BidirectionalSequenceLSTMOptions, String> {
    Ok(BidirectionalSequenceLSTMOptions {
        fused_activation_function: activation(params.activation)?,
        cell_clip: params.cell_clip,
        proj_clip: params.proj_clip,
        merge_outputs: params.merge_outputs != 0,
        time_major: params.time_major != 0,
        asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
    })
}
