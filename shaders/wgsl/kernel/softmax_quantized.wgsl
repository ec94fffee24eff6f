// exp(beta * (x - max)) over its sum, along rows of `row_length` bytes, as numbers of `output_bits` bits: exponentials in Q0 from a
// table, their sum in Q12, its reciprocal by Newton's method. A number with m integer bits, Qm, stands for its integer over
// 2^(31 - m).
struct Params {
    rows: u32,
    row_length: u32,
    smallest: i32,
    largest: i32,
    output_bits: u32,
}

// The exponential of each difference from the maximum, 0 to -255; 0 where it counts as none.
@group(0) @binding(4) var<storage, read> exponentials: array<i32>;
@group(0) @binding(3) var<storage, read> source: array<weight_elem>;

fn byte_at(i: u32) -> i32 {
    return load_weight(source[i >> 2u])[i & 3u];
}

fn row_at(first: u32, count: u32) -> acc {
    if (input_quads) { return load_weight(source[first >> 2u]); }
    let last = first + count - 1u;
    return acc(
        byte_at(first), byte_at(min(first + 1u, last)), byte_at(min(first + 2u, last)), byte_at(min(first + 3u, last)),
    );
}

// The exponentials of four elements, none above `highest`.
fn exp_each(v: acc, highest: i32) -> acc {
    return acc(
        exponentials[highest - v.x],
        exponentials[highest - v.y],
        exponentials[highest - v.z],
        exponentials[highest - v.w],
    );
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
        let v = exp_each(masked(row_at(first + i, count), count, acc(highest)), highest);
        let q12 = acc(
            rounding_divide_by_pot(v.x, 12u),
            rounding_divide_by_pot(v.y, 12u),
            rounding_divide_by_pot(v.z, 12u),
            rounding_divide_by_pot(v.w, 12u),
        );
        let kept = masked(q12, count, acc(0));
        sum += kept.x + kept.y + kept.z + kept.w;
    }
    sum = sum_of_all(sum, lane);

    if (row < params.rows) {
        let headroom = countLeadingZeros(bitcast<u32>(sum));
        let reciprocal = one_over_one_plus(bitcast<i32>((bitcast<u32>(sum) << headroom) & 0x7fffffffu));
        // From Q0 to the output; beyond 31 bits every share is below half a step.
        let exponent = 43u - params.output_bits - headroom;
        for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
            let count = params.row_length - i;
            let v = exp_each(masked(row_at(first + i, count), count, acc(highest)), highest);
            var share = acc(0);
            if (exponent <= 31u) {
                share = acc(
                    rounding_divide_by_pot(saturating_rounding_doubling_high_mul(reciprocal, v.x), exponent),
                    rounding_divide_by_pot(saturating_rounding_doubling_high_mul(reciprocal, v.y), exponent),
                    rounding_divide_by_pot(saturating_rounding_doubling_high_mul(reciprocal, v.z), exponent),
                    rounding_divide_by_pot(saturating_rounding_doubling_high_mul(reciprocal, v.w), exponent),
                );
            }
            // The share lies in 0..=2^output_bits.
            write_row(first + i, count, min(share + params.smallest, acc(params.largest)));
        }
    }
}
