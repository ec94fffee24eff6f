// Convolution with sums in registers and nothing in workgroup memory.
override workgroup_size: u32 = 64u;
// Invocations of a workgroup along channels; a divisor of `workgroup_size`.
override workgroup_channels: u32 = 8u;
// Output positions of an invocation: 4 or 8.
override positions: u32 = 4u;

const MOST_POSITIONS = 8u;

// One workgroup computes `workgroup_size / workgroup_channels` x `positions` output positions by `workgroup_channels` x 8 output
// channels; one invocation, `positions` by 8 channels in registers. Invocations lie in a line, so that subgroups are full for any
// number of channels.
@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let rows = workgroup_size / workgroup_channels;
    let channel = (group.x * workgroup_channels + lane % workgroup_channels) * 8u;
    let position = (group.y * rows + lane / workgroup_channels) * positions;
    if (channel >= params.output_channels || position >= params.positions) { return; }

    var window: array<vec3<i32>, MOST_POSITIONS>;
    for (var p = 0u; p < positions; p++) {
        window[p] = window_at(min(position + p, params.positions - 1u));
    }

    let row_quads = (params.output_channels + 3u) / 4u;
    let first_channel = channel / params.group_channels * params.filter_channels;
    // The last invocation of a row may have one quad only; its second sum repeats the first and is not written.
    let second = select(0u, 1u, channel + 4u < params.output_channels);
    var w = channel >> 2u;

    var low: array<acc, MOST_POSITIONS>;
    var high: array<acc, MOST_POSITIONS>;
    for (var p = 0u; p < positions; p++) {
        low[p] = load_bias(bias[w]);
        high[p] = load_bias(bias[w + second]);
    }

    for (var fy = 0u; fy < params.filter_height; fy++) {
        for (var fx = 0u; fx < params.filter_width; fx++) {
            var base: array<u32, MOST_POSITIONS>;
            var inside: array<bool, MOST_POSITIONS>;
            var meets = false;
            for (var p = 0u; p < positions; p++) {
                let pixel = pixel_under(window[p], fy, fx);
                inside[p] = pixel != NO_PIXEL;
                base[p] = select(0u, pixel * params.input_channels + first_channel, inside[p]);
                meets |= inside[p];
            }
            if (spread && !meets) {
                w += (params.filter_channels + 3u) / 4u * 4u * row_quads;
                continue;
            }
            for (var c = 0u; c < params.filter_channels; c += 4u) {
                let l0 = acc(load_weight(weights[w]));
                let h0 = acc(load_weight(weights[w + second]));
                w += row_quads;
                let l1 = acc(load_weight(weights[w]));
                let h1 = acc(load_weight(weights[w + second]));
                w += row_quads;
                let l2 = acc(load_weight(weights[w]));
                let h2 = acc(load_weight(weights[w + second]));
                w += row_quads;
                let l3 = acc(load_weight(weights[w]));
                let h3 = acc(load_weight(weights[w + second]));
                w += row_quads;
                for (var p = 0u; p < positions; p++) {
                    let v = select(acc(0.0), input_at(base[p] + c, params.filter_channels - c), inside[p]);
                    low[p] += v.x * l0 + v.y * l1 + v.z * l2 + v.w * l3;
                    high[p] += v.x * h0 + v.y * h1 + v.z * h2 + v.w * h3;
                }
            }
        }
    }
    // One by one: drivers do not unroll loops over this much, and would keep the sums in memory from the start.
    finish(position, channel, low[0]);
    finish(position + 1u, channel, low[1]);
    finish(position + 2u, channel, low[2]);
    finish(position + 3u, channel, low[3]);
    if (positions > 4u) {
        finish(position + 4u, channel, low[4]);
        finish(position + 5u, channel, low[5]);
        finish(position + 6u, channel, low[6]);
        finish(position + 7u, channel, low[7]);
    }
    if (second == 0u) { return; }
    finish(position, channel + 4u, high[0]);
    finish(position + 1u, channel + 4u, high[1]);
    finish(position + 2u, channel + 4u, high[2]);
    finish(position + 3u, channel + 4u, high[3]);
    if (positions > 4u) {
        finish(position + 4u, channel + 4u, high[4]);
        finish(position + 5u, channel + 4u, high[5]);
        finish(position + 6u, channel + 4u, high[6]);
        finish(position + 7u, channel + 4u, high[7]);
    }
}
