// A matrix product with few rows (FULLY_CONNECTED of a small batch, a 1x1 convolution of a small image): the sum is split
// between invocations. The weights lie as [input channel][output channel], both padded with zeros to multiples of four.
struct Params {
    rows: u32,
    depth: u32,
    output_channels: u32,
    activation_min: f32,
    activation_max: f32,
}

@group(0) @binding(3) var<storage, read> weights: array<weight_elem>;
@group(0) @binding(4) var<storage, read> bias: array<bias_elem>;

override input_quads: bool = true;
override workgroup_quads: u32 = 8u;
override workgroup_slices: u32 = 8u;

var<workgroup> sums: array<acc, workgroup_quads * workgroup_slices>;

// One workgroup computes `workgroup_quads` x 4 output channels of one row; `workgroup_slices` invocations share a sum.
@compute @workgroup_size(workgroup_quads, workgroup_slices)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let row_quads = (params.output_channels + 3u) / 4u;
    let quad = group.x * workgroup_quads + local.x;
    // Invocations past the last channel repeat its work, so that all of them reach the barriers.
    let column = min(quad, row_quads - 1u);

    var sum = acc(0.0);
    for (var k = local.y * 4u; k < params.depth; k += workgroup_slices * 4u) {
        let first = group.y * params.depth + k;
        var v: acc;
        if (input_quads) { v = quad_at(first); } else { v = some_at(first, params.depth - k); }
        let w = k * row_quads + column;
        sum += v.x * acc(load_weight(weights[w]))
            + v.y * acc(load_weight(weights[w + row_quads]))
            + v.z * acc(load_weight(weights[w + 2u * row_quads]))
            + v.w * acc(load_weight(weights[w + 3u * row_quads]));
    }
    sums[local.y * workgroup_quads + local.x] = sum;
    workgroupBarrier();

    if (local.y == 0u && quad < row_quads) {
        var total = load_bias(bias[quad]);
        for (var slice = 0u; slice < workgroup_slices; slice++) {
            total += sums[slice * workgroup_quads + local.x];
        }
        let v = held(total, params.activation_min, params.activation_max);
        let channel = quad * 4u;
        let first = group.y * params.output_channels + channel;
        write_row(first, params.output_channels - channel, epilogue(v, first));
    }
}
