// What the kernels of depthwise convolutions of integers by whole quads have in common: as many output as input channels, a multiple of
// four. The filter lies as in the file: [tap][channel].
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

// The stride of a filter of three columns without dilation, 1 or 2, which reads each column of the input once; 0 for any other
// filter.
override stride_of_three: u32 = 0u;

const COLUMNS = 4u;

// The sizes that loops need. A kernel reads them once: what it reads where invocations may part, software reads for each of them.
struct Layer {
    quads: u32,
    input_width: i32,
    output_width: u32,
    input_zero_point: i32,
    filter_zero_point: i32,
}

fn layer_of_params() -> Layer {
    return Layer(
        params.output_channels >> 2u,
        i32(params.input_width),
        params.output_width,
        params.input_zero_point,
        params.filter_zero_point,
    );
}

// Four channels of the input's column `x`, of the row whose first pixel is `row`.
fn column_at(layer: Layer, row: u32, x: i32, quad: u32) -> acc {
    let inside = x >= 0 && x < layer.input_width;
    let at = (row + u32(x)) * layer.quads + quad;
    return select(acc(), load(input[select(0u, at, inside)]) - layer.input_zero_point, inside);
}

// Four channels of a weight.
fn weight_at(layer: Layer, tap: u32, quad: u32) -> acc {
    return load_weight(weights[tap * layer.quads + quad]) - layer.filter_zero_point;
}

// What becomes of the sums of four channels: their stages.
alias finishing = quad_stage;

fn finishing_of(quad: u32) -> finishing { return quad_stage_of(quad << 2u); }

// What the sums of four channels start from.
fn first_sums(quad: u32) -> acc { return acc(); }

// Writes the sums of the column that lies `p` columns behind `column`, whose quad of channels is `first`.
fn write(layer: Layer, p: u32, column: u32, first: u32, channels: finishing, sum: acc) {
    if (column + p >= layer.output_width) { return; }
    let finished = acc(
        finish(widened(sum.x), channels[0]),
        finish(widened(sum.y), channels[1]),
        finish(widened(sum.z), channels[2]),
        finish(widened(sum.w), channels[3]),
    );
    let at = first + p * layer.quads;
    output[at] = store(epilogue(finished, at << 2u));
}
