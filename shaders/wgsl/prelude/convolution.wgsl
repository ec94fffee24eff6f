// What the kernels of float convolutions have in common: convolution as an implicit matrix product, whose rows are output
// positions, whose columns are output channels, and whose sums run over filter taps and input channels. The filter lies as
// [tap][input channel of the group][output channel], both channel counts padded with zeros to multiples of four. A 1x1 filter makes
// this the product of FULLY_CONNECTED; an input whose rows and columns are spread, walked over by a filter backwards (a dilation
// of -1), is TRANSPOSE_CONV.
struct Params {
    input_height: u32,
    input_width: u32,
    input_channels: u32,
    filter_height: u32,
    filter_width: u32,
    filter_channels: u32,
    output_height: u32,
    output_width: u32,
    output_channels: u32,
    group_channels: u32,
    positions: u32,
    stride_height: u32,
    stride_width: u32,
    dilation_height: u32,
    dilation_width: u32,
    pad_top: u32,
    pad_left: u32,
    spread_height: u32,
    spread_width: u32,
    activation_min: f32,
    activation_max: f32,
}

@group(0) @binding(3) var<storage, read> weights: array<weight_elem>;
@group(0) @binding(4) var<storage, read> bias: array<bias_elem>;

override input_quads: bool = true;

// The input elements from `first` on, at most `count` of them that count.
fn input_at(first: u32, count: u32) -> acc {
    if (input_quads) { return quad_at(first); }
    return some_at(first, count);
}

// Clamps the sums of four output channels from `channel` on, and writes them or what becomes of them.
fn finish(at: u32, channel: u32, sum: acc) {
    if (at < params.positions && channel < params.output_channels) {
        let v = held(sum, params.activation_min, params.activation_max);
        let first = at * params.output_channels + channel;
        write_row(first, params.output_channels - channel, epilogue(v, first));
    }
}
