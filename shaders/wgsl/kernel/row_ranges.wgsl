// How rows of floats are quantized to signed bytes, for weights that are integers: four numbers a row, which are the scale,
// its inverse, the zero point and the least integer.
struct Params {
    rows: u32,
    row_length: u32,
    symmetric: u32,
}

@group(0) @binding(0) var<storage, read_write> output: array<elem>;
@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

override workgroup_size: u32 = 256u;

var<workgroup> partial: array<vec2<f32>, workgroup_size>;

// The quotient of two positive normal numbers, rounded to the nearest, which a device's division need not give; 0 where it
// is no normal number.
fn quotient(dividend: f32, divisor: f32) -> f32 {
    let a = bitcast<u32>(dividend);
    let b = bitcast<u32>(divisor);
    let mantissa = (b & 0x7fffffu) | 0x800000u;
    var remainder = (a & 0x7fffffu) | 0x800000u;
    var exponent = i32(a >> 23u) - i32(b >> 23u) + 127;
    if (remainder < mantissa) {
        remainder <<= 1u;
        exponent -= 1;
    }
    var bits = 0u;
    for (var bit = 0u; bit < 24u; bit++) {
        let fits = remainder >= mantissa;
        bits = (bits << 1u) | select(0u, 1u, fits);
        remainder = select(remainder, remainder - mantissa, fits) << 1u;
    }
    // The remainder is doubled already. A quotient of two such numbers is never a tie.
    bits += select(0u, 1u, remainder > mantissa);
    if (exponent <= 0 || exponent >= 255) { return 0.0; }
    return bitcast<f32>((u32(exponent - 1) << 23u) + bits);
}

// The nearest whole number, halves away from zero.
fn nearest(x: f32) -> f32 {
    let whole = trunc(abs(x));
    return sign(x) * (whole + select(0.0, 1.0, abs(x) - whole >= 0.5));
}

fn symmetric_range(least: f32, greatest: f32) -> vec4<f32> {
    let range = max(-least, greatest);
    if (range < 0x1p-126f) { return vec4<f32>(1.0, 0.0, 0.0, -127.0); }
    return vec4<f32>(quotient(range, 127.0), quotient(127.0, range), 0.0, -127.0);
}

// The range, widened to hold 0, goes from -128 to 127.
fn asymmetric_range(least: f32, greatest: f32) -> vec4<f32> {
    let range = greatest - least;
    if (range < 0x1p-126f) { return vec4<f32>(1.0, 0.0, 0.0, -128.0); }
    let scale = quotient(range, 255.0);
    let inverse = select(0.0, quotient(1.0, scale), scale > 0.0);
    let below = -least / range * 255.0;
    let above = greatest / range * 255.0;
    let zero_point = select(127.0 - above, below - 128.0, below + 1.0 < above);
    return vec4<f32>(scale, inverse, clamp(nearest(zero_point), -128.0, 127.0), -128.0);
}

// One workgroup computes one row.
@compute @workgroup_size(workgroup_size)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = group.y * groups.x + group.x;
    // Workgroups past the last row repeat it without writing, so that all invocations reach the barrier.
    let first = min(row, params.rows - 1u) * params.row_length;

    var least = 0.0;
    var greatest = 0.0;
    for (var i = lane; i < params.row_length; i += workgroup_size) {
        let v = load_weight(source[(first + i) >> 2u])[(first + i) & 3u];
        least = min(least, v);
        greatest = max(greatest, v);
    }
    partial[lane] = vec2<f32>(least, greatest);
    workgroupBarrier();

    if (lane == 0u && row < params.rows) {
        for (var other = 1u; other < workgroup_size; other++) {
            least = min(least, partial[other].x);
            greatest = max(greatest, partial[other].y);
        }
        if (params.symmetric != 0u) {
            output[row] = store(symmetric_range(least, greatest));
        } else {
            output[row] = store(asymmetric_range(least, greatest));
        }
    }
}
