// Bilinear interpolation. The source coordinate of output coordinate `i` is `i * scale`, or with half pixel centers
// `(i + 0.5) * scale - 0.5`.
struct Params {
    length: u32,
    channels: u32,
    input_height: u32,
    input_width: u32,
    output_height: u32,
    output_width: u32,
    scale_height: f32,
    scale_width: f32,
    half_pixel_centers: u32,
}

fn source_coordinate(i: u32, scale: f32) -> f32 {
    if (params.half_pixel_centers != 0u) { return (f32(i) + 0.5) * scale - 0.5; }
    return f32(i) * scale;
}

fn pixel(row: u32, x: u32, channel: u32) -> acc {
    let source = (row * params.input_width + x) * params.channels + channel;
    if (quads) { return quad_at(source); }
    return one_at(source);
}

fn value(i: u32) -> acc {
    let channel = i % params.channels;
    let at = i / params.channels;
    let x = source_coordinate(at % params.output_width, params.scale_width);
    let row = at / params.output_width;
    let y = source_coordinate(row % params.output_height, params.scale_height);
    let image = row / params.output_height * params.input_height;

    let x0 = max(floor(x), 0.0);
    let y0 = max(floor(y), 0.0);
    let left = u32(x0);
    let top = u32(y0);
    let right = min(u32(max(ceil(x), 0.0)), params.input_width - 1u);
    let bottom = min(u32(max(ceil(y), 0.0)), params.input_height - 1u);
    let dx = x - x0;
    let dy = y - y0;
    return pixel(image + top, left, channel) * (1.0 - dy) * (1.0 - dx)
        + pixel(image + bottom, left, channel) * dy * (1.0 - dx)
        + pixel(image + top, right, channel) * (1.0 - dy) * dx
        + pixel(image + bottom, right, channel) * dy * dx;
}
