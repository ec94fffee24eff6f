// Tiles of a convolution's operands in workgroup memory. A step is one term of a sum, a tap and an input channel: step
// `tap * padded channels + channel`. A tile of rows holds DEPTH steps of each of `tile_positions()` output positions, a tile of
// columns holds them of `tile_quads()` quads of output channels. A kernel declares both, how their elements are stored, the
// windows of the positions, and whether each position is the pixel of the same number. Its file comes before this one: naga wants all
// overrides ahead of arrays that they size.
//   pointwise: bool
//   windows: array<vec3<i32>, tile_positions()>
//   rows: array<tile_elem, tile_positions() * ROW_QUADS>
//   columns: array<tile_elem, DEPTH * column_quads()>

// Steps of a sum.
fn depth() -> u32 {
    return params.filter_height * params.filter_width * padded_channels();
}

fn padded_channels() -> u32 {
    return (params.filter_channels + 3u) / 4u * 4u;
}

// Finds the windows of the positions from `position` on.
fn find_windows(lane: u32, position: u32) {
    if (pointwise) { return; }
    for (var row = lane; row < tile_positions(); row += invocations()) {
        windows[row] = window_at(min(position + row, params.positions - 1u));
    }
}

// Loads the steps from `step` on of the positions from `position` on and the quads of output channels from `quad` on; what lies
// behind the last step or quad is zero.
fn load_tiles(lane: u32, position: u32, quad: u32, group: u32, step: u32) {
    let row_quad = lane % DEPTH_QUADS;
    let row_step = step + row_quad * 4u;
    var channel = row_step;
    var tap = vec2<u32>();
    if (!pointwise) {
        let index = row_step / padded_channels();
        channel = row_step % padded_channels();
        tap = vec2<u32>(index / params.filter_width, index % params.filter_width);
    }
    for (var row = lane / DEPTH_QUADS; row < tile_positions(); row += invocations() / DEPTH_QUADS) {
        var pixel = NO_PIXEL;
        if (row_step < depth()) {
            if (pointwise) {
                pixel = min(position + row, params.positions - 1u);
            } else {
                pixel = pixel_under(windows[row], tap.x, tap.y);
            }
        }
        var v = tile_elem();
        if (pixel != NO_PIXEL) {
            let first = pixel * params.input_channels + group * params.filter_channels + channel;
            v = tile_of_input(first, params.filter_channels - channel);
        }
        rows[row * ROW_QUADS + row_quad] = v;
    }

    let weight_quads = (params.output_channels + 3u) / 4u;
    for (var i = lane; i < DEPTH * tile_quads(); i += invocations()) {
        let column_step = step + i / tile_quads();
        let column = quad + i % tile_quads();
        var v = tile_elem();
        if (column_step < depth() && column < weight_quads) {
            v = tile_of_weight(weights[column_step * weight_quads + column]);
        }
        columns[i / tile_quads() * column_quads() + i % tile_quads()] = v;
    }
}

// Adds the bias to the sums of a quad of output channels, and writes them if they are of this group.
fn finish_in_group(position: u32, quad: u32, group: u32, sum: acc) {
    let channel = quad * 4u;
    if (channel < min((group + 1u) * params.group_channels, params.output_channels)) {
        finish(position, channel, sum + load_bias(bias[quad]));
    }
}
