// x - max - log(sum(exp(x - max))) along rows of `row_length` bytes: exponentials in Q0 from a table, their sum in Q12, its
// logarithm in Q5. A number with m integer bits, Qm, stands for its integer over 2^(31 - m).
struct Params {
    rows: u32,
    row_length: u32,
    smallest: i32,
    largest: i32,
    // What brings a logarithm back to the scale of the input.
    multiplier: i32,
    exponent: i32,
    // Below this difference from the maximum exponentials count as 0.
    smallest_difference: i32,
}

// Of each difference from the maximum, 0 to -255, the exponential in Q12, and the difference itself in Q5.
@group(0) @binding(3) var<storage, read> differences: array<vec4<i32>>;

fn row_at(first: u32, count: u32) -> acc {
    if (input_quads) { return quad_at(first); }
    return some_at(first, count);
}

fn mul(a: i32, b: i32) -> i32 {
    return saturating_rounding_doubling_high_mul(a, b);
}

// The logarithm in Q5 of a number from 1 up in Q12: a power of two or of two and a half apart from a number near 1, whose logarithm
// is a Padé approximant, with one more integer bit on the way.
fn log_of_at_least_one(value: i32) -> i32 {
    let quarter = 1 << 23u;
    let zeros = countLeadingZeros(bitcast<u32>(value));
    // The roots of one half.
    let normalized = saturating_multiply_by_pot(value, max(zeros, 1u) - 1u);
    let whole = saturating_multiply_by_pot(mul(normalized, 1518500250), 1u);
    let power_of_whole = saturating_multiply_by_pot(12 - i32(zeros), 25u) + quarter;

    let headroom = max(countLeadingZeros(bitcast<u32>(mul(value, 1518500250))), 1u) - 1u;
    let halved = saturating_multiply_by_pot(value, headroom);
    let power_of_halved = saturating_multiply_by_pot(12 - i32(headroom), 25u) - quarter;

    let rest = min(whole, halved);
    let power = max(power_of_whole, power_of_halved);

    let fourth_root = 1805811301;
    // Both are positive; a half is rounded up.
    let middle = i32((u32(rest) + u32(fourth_root) + 1u) >> 1u);
    let distance = 2 * (rest - fourth_root);
    let square = mul(distance, distance);
    let numerator = mul(distance, rest) + mul(mul(distance, square), 117049297);
    let factor = 1057819769 + distance + mul(127690142, square);
    let denominator_minus_one = mul(middle, factor) + mul(638450708, distance);
    let quotient = mul(rounding_divide_by_pot(numerator, 6u), one_over_one_plus(denominator_minus_one));
    // The logarithm of 2.
    return saturating_multiply_by_pot(mul(power, 1488522236) + quotient, 1u);
}

// One workgroup computes one row.
@compute @workgroup_size(workgroup_size)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = group.y * groups.x + group.x;
    // Workgroups past the last row repeat it without writing, so that all invocations reach the barriers.
    let first = min(row, params.rows - 1u) * params.row_length;

    let highest = highest_of_row(first, lane, -128);

    var sum = 0;
    for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
        let count = params.row_length - i;
        let below = acc(highest) - masked(row_at(first + i, count), count, acc(highest));
        let exponentials = acc(
            differences[below.x].x, differences[below.y].x, differences[below.z].x, differences[below.w].x,
        );
        let kept = masked(exponentials, count, acc(0));
        sum += kept.x + kept.y + kept.z + kept.w;
    }
    sum = sum_of_all(sum, lane);

    if (row < params.rows) {
        let log_sum = log_of_at_least_one(sum);
        // Below this difference the result would leave Q5.
        let reversed = multiply_by_quantized_multiplier(log_sum + (-0x7fffffff - 1), params.multiplier, params.exponent);
        let limit = max(reversed, params.smallest_difference - 1);
        for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
            let count = params.row_length - i;
            let below = acc(highest) - masked(row_at(first + i, count), count, acc(highest));
            var v: acc;
            for (var c = 0u; c < 4u; c++) {
                let scaled = rounding_divide_by_pot(differences[below[c]].y - log_sum, 22u);
                // The share of one element in a row is at most 1.
                v[c] = select(params.smallest, max(params.largest + min(scaled, 0), params.smallest), -below[c] > limit);
            }
            write_row(first + i, count, v);
        }
    }
}
