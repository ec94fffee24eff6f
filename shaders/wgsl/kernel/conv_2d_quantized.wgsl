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

const POSITIONS = 4u;

// Writes the sums of four output channels from `channel` on; `t` is the sum of their operands.
fn write(at: u32, channel: u32, rows: stage_rows, s: sums, t: total) {
    if (at >= params.positions) { return; }
    var whole = s;
    if (filter_offset) { whole = less_zero_point(s, t, params.filter_zero_point); }
    let first = at * params.output_channels + channel;
    write_row(first, params.output_channels - channel, epilogue(finish_each(whole, rows), first));
}

// One workgroup computes `workgroup_size / workgroup_channels` x 4 output positions by `workgroup_channels` x 8 output channels; one
// invocation, 4 positions by 8 channels in registers. Invocations lie in a line, so that subgroups are full for any number of channels.
@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let rows = workgroup_size / workgroup_channels;
    let channel = (group.x * workgroup_channels + lane % workgroup_channels) * 8u;
    let position = (group.y * rows + lane / workgroup_channels) * POSITIONS;
    if (channel >= params.output_channels || position >= params.positions) { return; }

    var windows: array<vec3<i32>, POSITIONS>;
    for (var p = 0u; p < POSITIONS; p++) {
        windows[p] = window_at(min(position + p, params.positions - 1u));
    }

    let row_quads = (params.output_channels + 3u) / 4u;
    let first_channel = channel / params.group_channels * params.filter_channels;
    let padding = outside(params.input_zero_point);
    // The last invocation of a row may have one quad only; its second sum repeats the first and is not written.
    let second = select(0u, 1u, channel + 4u < params.output_channels);
    var w = channel >> 2u;

    var low: array<sums, POSITIONS>;
    var high: array<sums, POSITIONS>;
    var totals: array<total, POSITIONS>;

    for (var fy = 0u; fy < params.filter_height; fy++) {
        for (var fx = 0u; fx < params.filter_width; fx++) {
            var base: array<u32, POSITIONS>;
            var inside: array<bool, POSITIONS>;
            for (var p = 0u; p < POSITIONS; p++) {
                let pixel = pixel_under(windows[p], fy, fx);
                inside[p] = pixel != NO_PIXEL;
                base[p] = select(0u, pixel * params.input_channels + first_channel, inside[p]);
            }
            for (var c = 0u; c < params.filter_channels; c += 4u) {
                let l = weights[w];
                let h = weights[w + second];
                w += row_quads;
                let ones = 0x01010101u >> (8u * (4u - min(params.filter_channels - c, 4u)));
                for (var p = 0u; p < POSITIONS; p++) {
                    let v = select(padding, operand_at(base[p] + c), inside[p]);
                    low[p] = plus_products(low[p], v, l);
                    high[p] = plus_products(high[p], v, h);
                    if (filter_offset) { totals[p] = plus_operands(totals[p], v, ones); }
                }
            }
        }
    }
    // One by one: drivers do not unroll loops over this much, and would keep the sums in memory from the start.
    let low_rows = rows_of(channel);
    write(position, channel, low_rows, low[0], totals[0]);
    write(position + 1u, channel, low_rows, low[1], totals[1]);
    write(position + 2u, channel, low_rows, low[2], totals[2]);
    write(position + 3u, channel, low_rows, low[3], totals[3]);
    if (second == 1u) {
        let high_rows = rows_of(channel + 4u);
        write(position, channel + 4u, high_rows, high[0], totals[0]);
        write(position + 1u, channel + 4u, high_rows, high[1], totals[1]);
        write(position + 2u, channel + 4u, high_rows, high[2], totals[2]);
        write(position + 3u, channel + 4u, high_rows, high[3], totals[3]);
    }
}
