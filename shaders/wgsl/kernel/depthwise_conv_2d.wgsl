// Depthwise convolution of floats: an invocation has some columns of one row of the output.
override workgroup_channels: u32 = 8u;
override workgroup_columns: u32 = 8u;

// One workgroup computes, in one row of one image, `workgroup_columns` x 4 output columns of `workgroup_channels` x 4
// channels; one invocation, 4 columns of 4 channels.
@compute @workgroup_size(workgroup_channels, workgroup_columns)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let column = id.y * COLUMNS;
    let layer = layer_of_params();
    if (id.x >= layer.quads || column >= layer.output_width) { return; }
    let image = id.z / params.output_height;
    let top = i32(id.z % params.output_height * params.stride_height) - i32(params.pad_top);
    let left = i32(column * params.stride_width) - i32(params.pad_left);

    var sums: array<acc, COLUMNS>;
    for (var p = 0u; p < COLUMNS; p++) { sums[p] = first_sums(id.x); }

    for (var fy = 0u; fy < params.filter_height; fy++) {
        let y = top + i32(fy * params.dilation_height);
        if (y < 0 || y >= i32(params.input_height)) { continue; }
        let row = (image * params.input_height + u32(y)) * params.input_width;
        let tap = fy * params.filter_width;
        if (stride_of_three != 0u) {
            var columns: array<acc, 3u + 2u * (COLUMNS - 1u)>;
            for (var c = 0u; c < 3u + stride_of_three * (COLUMNS - 1u); c++) {
                columns[c] = column_at(layer, row, left + i32(c), id.x);
            }
            for (var fx = 0u; fx < 3u; fx++) {
                let w = weight_at(layer, tap + fx, id.x);
                for (var p = 0u; p < COLUMNS; p++) { sums[p] += w * columns[p * stride_of_three + fx]; }
            }
            continue;
        }
        for (var fx = 0u; fx < params.filter_width; fx++) {
            let w = weight_at(layer, tap + fx, id.x);
            for (var p = 0u; p < COLUMNS; p++) {
                let x = left + i32(p * params.stride_width + fx * params.dilation_width);
                sums[p] += w * column_at(layer, row, x, id.x);
            }
        }
    }
    let first = (id.z * layer.output_width + column) * layer.quads + id.x;
    let stage = finishing_of(id.x);
    // One by one: drivers do not unroll loops over this much, and would keep the sums in memory from the start.
    write(layer, 0u, column, first, stage, sums[0]);
    write(layer, 1u, column, first, stage, sums[1]);
    write(layer, 2u, column, first, stage, sums[2]);
    write(layer, 3u, column, first, stage, sums[3]);
}
