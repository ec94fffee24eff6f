// Depthwise convolution with a filter of three by three taps without dilation, and one stride for rows and columns: an invocation walks
// down the input, and reads each row once for all rows of the output that see it.
override workgroup_channels: u32 = 8u;
override workgroup_columns: u32 = 4u;

const ROWS = 8u;

// Four channels of the input's columns that the output's see.
alias seen_columns = array<acc, 3u + 2u * (COLUMNS - 1u)>;
// Sums of four channels.
alias column_sums = array<acc, COLUMNS>;
// A row of the filter.
alias tap_row = array<acc, 3>;

fn taps_of(layer: Layer, fy: u32, quad: u32) -> tap_row {
    let tap = fy * 3u;
    return tap_row(weight_at(layer, tap, quad), weight_at(layer, tap + 1u, quad), weight_at(layer, tap + 2u, quad));
}

// The columns from `left` on of the row `y` of an image of `height` rows; zeros where there is no such row.
fn columns_of(layer: Layer, image: u32, height: i32, y: i32, left: i32, quad: u32) -> seen_columns {
    let row = u32((i32(image) * height + y) * layer.input_width);
    let is_row = y >= 0 && y < height;
    var columns: seen_columns;
    for (var c = 0u; c < 3u + stride_of_three * (COLUMNS - 1u); c++) {
        columns[c] = column_at(layer, row, select(-1, left + i32(c), is_row), quad);
    }
    return columns;
}

// `sums` and the products of a row of taps.
fn plus_row(sums: column_sums, columns: seen_columns, taps: tap_row) -> column_sums {
    var s = sums;
    var seen = columns;
    for (var fx = 0u; fx < 3u; fx++) {
        for (var p = 0u; p < COLUMNS; p++) { s[p] += taps[fx] * seen[p * stride_of_three + fx]; }
    }
    return s;
}

// One workgroup computes, in ROWS rows of one image, `workgroup_columns` x 4 output columns of `workgroup_channels` x 4 channels;
// one invocation, ROWS rows by 4 columns of 4 channels.
@compute @workgroup_size(workgroup_channels, workgroup_columns)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quad = id.x;
    let column = id.y * COLUMNS;
    let layer = layer_of_params();
    let output_height = params.output_height;
    if (quad >= layer.quads || column >= layer.output_width) { return; }
    let strips = (output_height + ROWS - 1u) / ROWS;
    let image = id.z / strips;
    let first_row = id.z % strips * ROWS;
    let top = i32(first_row * stride_of_three) - i32(params.pad_top);
    let left = i32(column * stride_of_three) - i32(params.pad_left);
    let height = i32(params.input_height);
    let rows = min(ROWS, output_height - first_row);

    let upper = taps_of(layer, 0u, quad);
    let middle = taps_of(layer, 1u, quad);
    let lower = taps_of(layer, 2u, quad);
    let stage = finishing_of(quad);
    let start = first_sums(quad);
    let none = column_sums(start, start, start, start);

    // The sums of an output row that lack the lower row of taps, and of the row behind it, which lack the middle one too.
    var ending = none;
    var beginning = none;
    // With a stride of 1 each row of the input is the lower one of an output row, and the upper one of the row two behind it; with 2,
    // of the next row.
    let behind = 3u - stride_of_three;
    for (var step = 0u; step < rows + behind; step++) {
        var done = ending;
        var next = beginning;
        beginning = none;
        let y = top + i32(step * stride_of_three);
        // Sums are made of rows outside of the image too: what is computed under a condition, software merges with what was before.
        let columns = columns_of(layer, image, height, y, left, quad);
        done = plus_row(done, columns, lower);
        if (stride_of_three == 1u) { next = plus_row(next, columns, middle); }
        beginning = plus_row(beginning, columns, upper);
        if (stride_of_three == 2u) {
            next = plus_row(beginning, columns_of(layer, image, height, y + 1, left, quad), middle);
        }
        ending = next;
        if (step >= behind) {
            let row = image * output_height + first_row + step - behind;
            let first = (row * layer.output_width + column) * layer.quads + quad;
            // One by one: drivers do not unroll loops over this much.
            write(layer, 0u, column, first, stage, done[0]);
            write(layer, 1u, column, first, stage, done[1]);
            write(layer, 2u, column, first, stage, done[2]);
            write(layer, 3u, column, first, stage, done[3]);
        }
    }
}
