// Convolution of integers as an implicit matrix product: rows are output positions, columns output channels, and the sum runs
// over filter taps and input channels. The filter lies as [tap][four input channels of the group][output channel], both
// channel counts padded with zeros to multiples of four: a word holds one output channel's four weights. Positions outside of
// the image count as the input's zero point; what zero points add to a sum but for `filter_zero_point` times the input is
// in the bias. A 1x1 filter makes this the product of FULLY_CONNECTED.
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
    input_zero_point: i32,
    filter_zero_point: i32,
    output_zero_point: i32,
    activation_min: i32,
    activation_max: i32,
}

@group(0) @binding(3) var<storage, read> weights: array<vec4<u32>>;

// Whether weights have a zero point other than 0.
override filter_offset: bool = false;
override workgroup_size: u32 = 64u;
// Invocations of a workgroup along channels; a divisor of `workgroup_size`.
override workgroup_channels: u32 = 8u;
// Output positions of an invocation: 4 or 8.
override positions: u32 = 4u;

const MOST_POSITIONS = 8u;

// The sums of eight output channels at a position, and the sum of their operands.
struct PositionSums {
    low: sums,
    high: sums,
    operands: total,
}

// `s` and the products of four input elements with weights, `ones` of which count.
fn plus(s: PositionSums, x: operand, low: vec4<u32>, high: vec4<u32>, ones: u32) -> PositionSums {
    var operands = s.operands;
    if (filter_offset) { operands = plus_operands(operands, x, ones); }
    return PositionSums(plus_products(s.low, x, low), plus_products(s.high, x, high), operands);
}

// Writes the sums of four output channels from `channel` on; `t` is the sum of their operands.
fn write(at: u32, channel: u32, channels: quad_stage, s: sums, t: total) {
    if (at >= params.positions) { return; }
    var whole = s;
    if (filter_offset) { whole = less_zero_point(s, t, params.filter_zero_point); }
    let first = at * params.output_channels + channel;
    write_row(first, params.output_channels - channel, epilogue(finish_each(whole, channels), first));
}

// One workgroup computes `workgroup_size / workgroup_channels` x `positions` output positions by `workgroup_channels` x 8 output
// channels; one invocation, `positions` by 8 channels in registers. Invocations lie in a line, so that subgroups are full for any
// number of channels.
@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let rows = workgroup_size / workgroup_channels;
    let channel = (group.x * workgroup_channels + lane % workgroup_channels) * 8u;
    let position = (group.y * rows + lane / workgroup_channels) * positions;
    if (channel >= params.output_channels || position >= params.positions) { return; }

    var windows: array<vec3<i32>, MOST_POSITIONS>;
    for (var p = 0u; p < positions; p++) {
        windows[p] = window_at(min(position + p, params.positions - 1u));
    }

    let row_quads = (params.output_channels + 3u) / 4u;
    let first_channel = channel / params.group_channels * params.filter_channels;
    let padding = outside(params.input_zero_point);
    // The last invocation of a row may have one quad only; its second sum repeats the first and is not written.
    let second = select(0u, 1u, channel + 4u < params.output_channels);
    var w = channel >> 2u;

    var at: array<PositionSums, MOST_POSITIONS>;

    for (var fy = 0u; fy < params.filter_height; fy++) {
        for (var fx = 0u; fx < params.filter_width; fx++) {
            var base: array<u32, MOST_POSITIONS>;
            var inside: array<bool, MOST_POSITIONS>;
            for (var p = 0u; p < positions; p++) {
                let pixel = pixel_under(windows[p], fy, fx);
                inside[p] = pixel != NO_PIXEL;
                base[p] = select(0u, pixel * params.input_channels + first_channel, inside[p]);
            }
            for (var c = 0u; c < params.filter_channels; c += 4u) {
                let l = weights[w];
                let h = weights[w + second];
                w += row_quads;
                let ones = 0x01010101u >> (8u * (4u - min(params.filter_channels - c, 4u)));
                // One by one: drivers do not unroll loops over this much, and would keep the sums in memory.
                at[0] = plus(at[0], select(padding, operand_at(base[0] + c), inside[0]), l, h, ones);
                at[1] = plus(at[1], select(padding, operand_at(base[1] + c), inside[1]), l, h, ones);
                at[2] = plus(at[2], select(padding, operand_at(base[2] + c), inside[2]), l, h, ones);
                at[3] = plus(at[3], select(padding, operand_at(base[3] + c), inside[3]), l, h, ones);
                if (positions > 4u) {
                    at[4] = plus(at[4], select(padding, operand_at(base[4] + c), inside[4]), l, h, ones);
                    at[5] = plus(at[5], select(padding, operand_at(base[5] + c), inside[5]), l, h, ones);
                    at[6] = plus(at[6], select(padding, operand_at(base[6] + c), inside[6]), l, h, ones);
                    at[7] = plus(at[7], select(padding, operand_at(base[7] + c), inside[7]), l, h, ones);
                }
            }
        }
    }
    let low_channels = quad_stage_of(channel);
    write(position, channel, low_channels, at[0].low, at[0].operands);
    write(position + 1u, channel, low_channels, at[1].low, at[1].operands);
    write(position + 2u, channel, low_channels, at[2].low, at[2].operands);
    write(position + 3u, channel, low_channels, at[3].low, at[3].operands);
    if (positions > 4u) {
        write(position + 4u, channel, low_channels, at[4].low, at[4].operands);
        write(position + 5u, channel, low_channels, at[5].low, at[5].operands);
        write(position + 6u, channel, low_channels, at[6].low, at[6].operands);
        write(position + 7u, channel, low_channels, at[7].low, at[7].operands);
    }
    if (second == 0u) { return; }
    let high_channels = quad_stage_of(channel + 4u);
    write(position, channel + 4u, high_channels, at[0].high, at[0].operands);
    write(position + 1u, channel + 4u, high_channels, at[1].high, at[1].operands);
    write(position + 2u, channel + 4u, high_channels, at[2].high, at[2].operands);
    write(position + 3u, channel + 4u, high_channels, at[3].high, at[3].operands);
    if (positions > 4u) {
        write(position + 4u, channel + 4u, high_channels, at[4].high, at[4].operands);
        write(position + 5u, channel + 4u, high_channels, at[5].high, at[5].operands);
        write(position + 6u, channel + 4u, high_channels, at[6].high, at[6].operands);
        write(position + 7u, channel + 4u, high_channels, at[7].high, at[7].operands);
    }
}
