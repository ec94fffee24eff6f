// Bilinear interpolation of unsigned bytes in single precision: half is added to the blend of four corners, and the fraction
// dropped. Each product and each sum is rounded, in the order of the reference.
struct Params {
    length: u32,
    channels: u32,
    input_height: u32,
    input_width: u32,
    output_height: u32,
    output_width: u32,
}

// Of each row, then of each column of the output: the lower and the upper place in the input, and the bits of both weights.
@group(0) @binding(3) var<storage, read> samples: array<vec4<i32>>;

fn pixel(row: u32, x: u32, channel: u32) -> acc {
    let source = (row * params.input_width + x) * params.channels + channel;
    if (quads) { return quad_at(source); }
    return one_at(source);
}

fn weighted(corner: i32, row: SoftFloat, column: SoftFloat) -> SoftFloat {
    return soft_product(soft_product(soft_whole(u32(corner)), row), column);
}

fn value(i: u32) -> acc {
    let channel = i % params.channels;
    let at = i / params.channels;
    let column = bitcast<vec4<u32>>(samples[params.output_height + at % params.output_width]);
    let y = at / params.output_width;
    let row = bitcast<vec4<u32>>(samples[y % params.output_height]);
    let image = y / params.output_height * params.input_height;

    let corners = array<acc, 4>(
        pixel(image + row.x, column.x, channel),
        pixel(image + row.y, column.x, channel),
        pixel(image + row.x, column.y, channel),
        pixel(image + row.y, column.y, channel),
    );
    let rows = array<SoftFloat, 2>(soft_float(row.z), soft_float(row.w));
    let columns = array<SoftFloat, 2>(soft_float(column.z), soft_float(column.w));
    let half = SoftFloat(false, 0x800000u, -24);

    var result = acc();
    for (var lane = 0u; lane < select(1u, 4u, quads); lane++) {
        var blend = weighted(corners[0][lane], rows[0], columns[0]);
        blend = soft_sum(blend, weighted(corners[1][lane], rows[1], columns[0]));
        blend = soft_sum(blend, weighted(corners[2][lane], rows[0], columns[1]));
        blend = soft_sum(blend, weighted(corners[3][lane], rows[1], columns[1]));
        result[lane] = i32(soft_truncated(soft_sum(blend, half), 255u));
    }
    return result;
}
