// Convolution with nothing in workgroup memory. The file before this one says how many output POSITIONS an invocation
// has, and adds the products of all of them.
override workgroup_size: u32 = 64u;
// Invocations of a workgroup along channels; a divisor of `workgroup_size`.
override workgroup_channels: u32 = 8u;

// Sums of four output channels at each position.
alias block = array<acc, POSITIONS>;
// The weights of four output channels for four input channels.
alias weight_square = array<acc, 4>;
// Where the input of each position begins, and whether it has any.
alias places = array<u32, POSITIONS>;
alias presence = array<bool, POSITIONS>;

// The input of position `p` from channel `c` on.
fn operand(base: ptr<function, places>, inside: ptr<function, presence>, p: u32, c: u32) -> acc {
    return select(acc(0.0), input_at((*base)[p] + c, params.filter_channels - c), (*inside)[p]);
}

fn plus_products(sum: acc, v: acc, w: weight_square) -> acc {
    return sum + (v.x * w[0] + v.y * w[1] + v.z * w[2] + v.w * w[3]);
}

// One workgroup computes `workgroup_size / workgroup_channels` x POSITIONS output positions by `workgroup_channels` x 8 output channels;
// one invocation, POSITIONS positions by 8 channels. Invocations lie in a line, so that subgroups are full for any number of channels.
@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let rows = workgroup_size / workgroup_channels;
    let channel = (group.x * workgroup_channels + lane % workgroup_channels) * 8u;
    let position = (group.y * rows + lane / workgroup_channels) * POSITIONS;
    if (channel >= params.output_channels || position >= params.positions) { return; }

    var window: array<vec3<i32>, POSITIONS>;
    for (var p = 0u; p < POSITIONS; p++) {
        window[p] = window_at(min(position + p, params.positions - 1u));
    }

    let row_quads = (params.output_channels + 3u) / 4u;
    let first_channel = channel / params.group_channels * params.filter_channels;
    // The last invocation of a row may have one quad only; its second sum repeats the first and is not written.
    let second = select(0u, 1u, channel + 4u < params.output_channels);
    var w = channel >> 2u;

    var low: block;
    var high: block;
    for (var p = 0u; p < POSITIONS; p++) {
        low[p] = load_bias(bias[w]);
        high[p] = load_bias(bias[w + second]);
    }

    for (var fy = 0u; fy < params.filter_height; fy++) {
        for (var fx = 0u; fx < params.filter_width; fx++) {
            var base: places;
            var inside: presence;
            var meets = false;
            for (var p = 0u; p < POSITIONS; p++) {
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
                add_products(&low, &high, &base, &inside, c, weight_square(l0, l1, l2, l3), weight_square(h0, h1, h2, h3));
            }
        }
    }
    for (var p = 0u; p < POSITIONS; p++) {
        finish(position + p, channel, low[p]);
        if (second == 1u) { finish(position + p, channel + 4u, high[p]); }
    }
}
