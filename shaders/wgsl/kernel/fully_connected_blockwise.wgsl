// Rows of whole numbers times int4 weights, each block of which has a scale of its own: the sum of a block is whole, and is scaled. The
// weights lie as [eight input channels][output channel], a word each, the first in the lowest bits; the scales as
// [block][output channel]; output channels are padded with zeros to multiples of four.
struct Params {
    rows: u32,
    // Words of weights that an output channel has, and that one of its blocks has.
    words: u32,
    block_words: u32,
    output_channels: u32,
}

@group(0) @binding(3) var<storage, read> weights: array<weight_elem>;
@group(0) @binding(4) var<storage, read> scales: array<bias_elem>;

override workgroup_quads: u32 = 8u;
override workgroup_slices: u32 = 8u;
// Rows of a workgroup, each of which meets the weights that were read once.
override workgroup_rows: u32 = 1u;

const MAX_ROWS = 4u;

var<workgroup> partial: array<acc, workgroup_quads * workgroup_slices * workgroup_rows>;

// The weight at this place of the eight in a word, of four output channels.
fn weight_at(words: vec4<i32>, place: u32) -> acc {
    return acc((words << vec4<u32>(28u - 4u * place)) >> vec4<u32>(28u));
}

// One workgroup computes `workgroup_quads` x 4 output channels of its rows; `workgroup_slices` invocations share the blocks of a sum.
@compute @workgroup_size(workgroup_quads, workgroup_slices)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let row_quads = (params.output_channels + 3u) / 4u;
    let quad = group.x * workgroup_quads + local.x;
    // Invocations past the last channel or row repeat its work, so that all of them reach the barrier.
    let column = min(quad, row_quads - 1u);
    let row = group.y * workgroup_rows;

    var sums = array<acc, MAX_ROWS>();
    for (var first = local.y * params.block_words; first < params.words; first += workgroup_slices * params.block_words) {
        var of_block = array<acc, MAX_ROWS>();
        for (var word = first; word < first + params.block_words; word++) {
            let words = load_weight(weights[word * row_quads + column]);
            for (var r = 0u; r < workgroup_rows; r++) {
                let at = (min(row + r, params.rows - 1u) * params.words + word) * 8u;
                let low = quad_at(at);
                let high = quad_at(at + 4u);
                of_block[r] += low.x * weight_at(words, 0u)
                    + low.y * weight_at(words, 1u)
                    + low.z * weight_at(words, 2u)
                    + low.w * weight_at(words, 3u)
                    + high.x * weight_at(words, 4u)
                    + high.y * weight_at(words, 5u)
                    + high.z * weight_at(words, 6u)
                    + high.w * weight_at(words, 7u);
            }
        }
        let scale = load_bias(scales[first / params.block_words * row_quads + column]);
        for (var r = 0u; r < workgroup_rows; r++) { sums[r] += of_block[r] * scale; }
    }
    for (var r = 0u; r < workgroup_rows; r++) { partial[(r * workgroup_slices + local.y) * workgroup_quads + local.x] = sums[r]; }
    workgroupBarrier();

    if (local.y == 0u && quad < row_quads) {
        let channel = quad * 4u;
        for (var r = 0u; r < workgroup_rows && row + r < params.rows; r++) {
            var total = acc(0.0);
            for (var slice = 0u; slice < workgroup_slices; slice++) {
                total += partial[(r * workgroup_slices + slice) * workgroup_quads + local.x];
            }
            write_row((row + r) * params.output_channels + channel, params.output_channels - channel, total);
        }
    }
}
