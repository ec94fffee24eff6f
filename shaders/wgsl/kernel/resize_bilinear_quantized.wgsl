// Bilinear interpolation of integers, with ten bits of fraction along each axis. The source coordinate of output coordinate
// `i` is `i * scale`, or with half pixel centers `i * scale + scale / 2 - 512`, in 1024ths.
struct Params {
    length: u32,
    channels: u32,
    input_height: u32,
    input_width: u32,
    output_height: u32,
    output_width: u32,
    scale_height: i32,
    scale_width: i32,
    half_pixel_centers: u32,
    smallest: i32,
    largest: i32,
}

struct Sample {
    lower: u32,
    upper: u32,
    // The part of the upper element; the lower one has the rest of 1024.
    part: i32,
}

fn sample(i: u32, scale: i32, extent: u32) -> Sample {
    var position = i32(i) * scale;
    if (params.half_pixel_centers != 0u) { position += scale / 2 - 512; }
    let last = i32(extent) - 1;
    let lower = clamp(position / 1024, 0, last);
    let upper = min((position + 1023) / 1024, last);
    return Sample(u32(lower), u32(upper), position - 1024 * lower);
}

fn pixel(row: u32, x: u32, channel: u32) -> acc {
    let source = (row * params.input_width + x) * params.channels + channel;
    if (quads) { return quad_at(source); }
    return one_at(source);
}

// The high words of numbers of 20 bits of fraction, 256 * high + low, rounded half away from zero.
fn rounded(high: acc, low: acc) -> acc {
    // |high * 256 + low| < 2^38: the integer part of each half by itself, then their fractions together.
    let fraction = ((high & vec4<i32>(0xfff)) << vec4<u32>(8u)) + (low & vec4<i32>(0xfffff));
    let whole = (high >> vec4<u32>(12u)) + (low >> vec4<u32>(20u)) + (fraction >> vec4<u32>(20u));
    let rest = fraction & vec4<i32>(0xfffff);
    // Half a step up, or for numbers that are not positive, up only past half a step.
    let positive = whole > acc(0) | (whole == acc(0) & rest > acc(0));
    let up = select(rest > acc(0x80000), rest >= acc(0x80000), positive);
    return whole + select(acc(0), acc(1), up);
}

fn value(i: u32) -> acc {
    let channel = i % params.channels;
    let at = i / params.channels;
    let x = sample(at % params.output_width, params.scale_width, params.input_width);
    let row = at / params.output_width;
    let y = sample(row % params.output_height, params.scale_height, params.input_height);
    let image = row / params.output_height * params.input_height;

    let corner = pixel(image + y.lower, x.lower, channel);
    let corners = array<acc, 4>(
        corner,
        pixel(image + y.upper, x.lower, channel),
        pixel(image + y.lower, x.upper, channel),
        pixel(image + y.upper, x.upper, channel),
    );
    let weights = array<i32, 4>(
        (1024 - y.part) * (1024 - x.part),
        y.part * (1024 - x.part),
        (1024 - y.part) * x.part,
        y.part * x.part,
    );
    var high = acc();
    var low = acc();
    for (var c = 0u; c < 4u; c++) {
        high += (corners[c] >> vec4<u32>(8u)) * weights[c];
        low += (corners[c] & vec4<i32>(0xff)) * weights[c];
    }
    let blend = rounded(high, low);
    let fits = (blend >= acc(params.smallest)) & (blend <= acc(params.largest));
    return select(corner, blend, fits);
}
