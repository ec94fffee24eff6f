// Rows of `row_length` bytes divided by their lengths, in steps of 1/128.
struct Params {
    rows: u32,
    row_length: u32,
    zero_point: i32,
    output_zero_point: i32,
    smallest: i32,
    largest: i32,
}

// Whether rows start on multiples of four elements and end on them.
override input_quads: bool = true;
// Whether 128 multiplies the elements beforehand, or the inverse length.
override beforehand: bool = false;
override workgroup_size: u32 = 64u;

var<workgroup> partial: array<i32, workgroup_size>;

// Elements less their zero point; lanes from `count` on are 0.
fn row_at(first: u32, count: u32) -> acc {
    if (input_quads) { return quad_at(first) - params.zero_point; }
    let v = some_at(first, count) - params.zero_point;
    return select(acc(0), v, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(count));
}

fn mul(a: i32, b: i32) -> i32 {
    return saturating_rounding_doubling_high_mul(a, b);
}

// A factor as a mantissa and a power of two.
struct Multiplier {
    mantissa: i32,
    shift: i32,
}

// 1 over the root of a number; below 2 it counts as 1. Five Newton steps from 1 in Q3, of which 2^28 is 1.
fn inverse_square_root(value: i32) -> Multiplier {
    if (value <= 1) { return Multiplier(0x7fffffff, 0); }
    var right_shift = 11;
    var scaled = value;
    while (scaled >= (1 << 29u)) {
        scaled /= 4;
        right_shift += 1;
    }
    // Brought to [2^27, 2^29) by whole powers of 4.
    let pairs = (i32(countLeadingZeros(bitcast<u32>(scaled))) - 1) / 2 - 1;
    right_shift -= pairs;
    scaled <<= u32(2 * pairs);
    let half = rounding_divide_by_pot(scaled >> 1u, 1u);
    var x = 1 << 28u;
    for (var step = 0u; step < 5u; step++) {
        let cube = saturating_multiply_by_pot(mul(mul(x, x), x), 6u);
        x = saturating_multiply_by_pot(mul((1 << 28u) + (1 << 27u), x) - mul(half, cube), 3u);
    }
    // Half the root of 2.
    let mantissa = mul(x, 1518500250);
    if (right_shift < 0) { return Multiplier(mantissa << u32(-right_shift), 0); }
    return Multiplier(mantissa, -right_shift);
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

    var square = 0;
    for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
        let v = row_at(first + i, params.row_length - i);
        let squares = v * v;
        square += squares.x + squares.y + squares.z + squares.w;
    }
    partial[lane] = square;
    workgroupBarrier();
    square = 0;
    for (var other = 0u; other < workgroup_size; other++) { square += partial[other]; }

    if (row < params.rows) {
        let inverse = inverse_square_root(square);
        for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
            let count = params.row_length - i;
            let v = row_at(first + i, count);
            var result: acc;
            if (beforehand) {
                result = multiply_each(v * 128, inverse.mantissa, inverse.shift);
            } else {
                result = multiply_each(v, inverse.mantissa, inverse.shift + 7);
            }
            write_row(first + i, count, clamp(result + params.output_zero_point, acc(params.smallest), acc(params.largest)));
        }
    }
}
