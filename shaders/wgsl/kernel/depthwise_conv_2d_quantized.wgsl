// Depthwise convolution of integers with as many output as input channels, a multiple of four. The filter lies as in the file:
// [tap][channel].
struct Params {
    length: u32,
    input_height: u32,
    input_width: u32,
    input_channels: u32,
    filter_height: u32,
    filter_width: u32,
    output_height: u32,
    output_width: u32,
    output_channels: u32,
    depth_multiplier: u32,
    stride_height: u32,
    stride_width: u32,
    dilation_height: u32,
    dilation_width: u32,
    pad_top: u32,
    pad_left: u32,
    input_zero_point: i32,
    filter_zero_point: i32,
    output_zero_point: i32,
    activation_min: i32,
    activation_max: i32,
}

@group(0) @binding(3) var<storage, read> weights: array<weight_elem>;

@group(0) @binding(0) var<storage, read_write> output: array<elem>;

override workgroup_channels: u32 = 8u;
override workgroup_columns: u32 = 4u;

// The stride of a filter of three columns without dilation, 1 or 2, which reads each column of the input once; 0 for any other
// filter.
override stride_of_three: u32 = 0u;

const COLUMNS = 4u;

// Four channels of the input's column `x`, of the row whose first pixel is `row`.
fn column_at(row: u32, x: i32, quad: u32) -> acc {
    let inside = x >= 0 && x < i32(params.input_width);
    let at = (row + u32(select(0, x, inside))) * (params.output_channels >> 2u) + quad;
    return select(acc(), load(input[at]) - params.input_zero_point, inside);
}

// Four channels of a weight.
fn weight_at(tap: u32, quad: u32) -> acc {
    return load_weight(weights[tap * (params.output_channels >> 2u) + quad]) - params.filter_zero_point;
}

// Writes the sums of the column that lies `p` columns behind `column`, whose quad of channels is `first`.
fn write(p: u32, column: u32, first: u32, rows: stage_rows, sum: acc) {
    if (column + p >= params.output_width) { return; }
    let finished = acc(
        finish(widened(sum.x), rows[0]),
        finish(widened(sum.y), rows[1]),
        finish(widened(sum.z), rows[2]),
        finish(widened(sum.w), rows[3]),
    );
    let at = first + p * (params.output_channels >> 2u);
    output[at] = store(epilogue(finished, at << 2u));
}

// One workgroup computes, in one row of one image, `workgroup_columns` x 4 output columns of `workgroup_channels` x 4
// channels; one invocation, 4 columns of 4 channels.
@compute @workgroup_size(workgroup_channels, workgroup_columns)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let channel = id.x * 4u;
    let column = id.y * COLUMNS;
    if (channel >= params.output_channels || column >= params.output_width) { return; }
    let image = id.z / params.output_height;
    let top = i32(id.z % params.output_height * params.stride_height) - i32(params.pad_top);
    let left = i32(column * params.stride_width) - i32(params.pad_left);
    let quads = params.output_channels >> 2u;

    var sums: array<acc, COLUMNS>;
    for (var fy = 0u; fy < params.filter_height; fy++) {
        let y = top + i32(fy * params.dilation_height);
        if (y < 0 || y >= i32(params.input_height)) { continue; }
        let row = (image * params.input_height + u32(y)) * params.input_width;
        let tap = fy * params.filter_width;
        if (stride_of_three != 0u) {
            var columns: array<acc, 3u + 2u * (COLUMNS - 1u)>;
            for (var c = 0u; c < 3u + stride_of_three * (COLUMNS - 1u); c++) {
                columns[c] = column_at(row, left + i32(c), id.x);
            }
            for (var fx = 0u; fx < 3u; fx++) {
                let w = weight_at(tap + fx, id.x);
                for (var p = 0u; p < COLUMNS; p++) { sums[p] += w * columns[p * stride_of_three + fx]; }
            }
            continue;
        }
        for (var fx = 0u; fx < params.filter_width; fx++) {
            let w = weight_at(tap + fx, id.x);
            for (var p = 0u; p < COLUMNS; p++) {
                let x = left + i32(p * params.stride_width + fx * params.dilation_width);
                sums[p] += w * column_at(row, x, id.x);
            }
        }
    }
    let first = (id.z * params.output_width + column) * quads + id.x;
    let rows = rows_of(channel);
    // One by one: drivers do not unroll loops over this much, and would keep the sums in memory from the start.
    write(0u, column, first, rows, sums[0]);
    write(1u, column, first, rows, sums[1]);
    write(2u, column, first, rows, sums[2]);
    write(3u, column, first, rows, sums[3]);
}
