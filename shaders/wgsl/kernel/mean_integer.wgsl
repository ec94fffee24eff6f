// Means of 32-bit integers: 64-bit sums, divided towards zero. `Params` is that of the other reductions.
@group(0) @binding(0) var<storage, read_write> output: array<elem>;

override workgroup_slices: u32 = 64u;

var<workgroup> partial: array<vec2<u32>, 4u * workgroup_slices>;

// The quotient of a 64-bit number and one above its high word.
fn divide(v: vec2<u32>, divisor: u32) -> u32 {
    var remainder = v.y;
    var quotient = 0u;
    for (var bit = 32u; bit > 0u; bit--) {
        let carry = remainder >> 31u;
        remainder = (remainder << 1u) | ((v.x >> (bit - 1u)) & 1u);
        quotient <<= 1u;
        if (carry == 1u || remainder >= divisor) {
            remainder -= divisor;
            quotient |= 1u;
        }
    }
    return quotient;
}

fn mean(total: vec2<u32>) -> i32 {
    var sum = total;
    let negative = (sum.y >> 31u) == 1u;
    if (negative) { sum = negate64(sum); }
    let quotient = bitcast<i32>(divide(sum, params.divisor));
    return select(quotient, -quotient, negative);
}

// One workgroup computes a quad of the output; `workgroup_slices` invocations, a power of two, share what falls together in each
// of its elements.
@compute @workgroup_size(4, workgroup_slices)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let quad = group.y * groups.x + group.x;
    var rest = min(quad * 4u + local.x, params.length - 1u);
    var base = 0u;
    for (var d = 0u; d < params.kept_rank; d++) {
        base += rest % params.kept[d].x * params.kept[d].y;
        rest /= params.kept[d].x;
    }
    var sum = vec2<u32>();
    for (var r = local.y; r < params.count; r += workgroup_slices) {
        var place = r;
        var offset = base;
        for (var d = 0u; d < params.reduced_rank; d++) {
            offset += place % params.reduced[d].x * params.reduced[d].y;
            place /= params.reduced[d].x;
        }
        sum = add64(sum, widened(one_at(offset).x));
    }
    let place = local.y * 4u + local.x;
    partial[place] = sum;
    workgroupBarrier();

    for (var half = workgroup_slices >> 1u; half > 0u; half >>= 1u) {
        if (local.y < half) { partial[place] = add64(partial[place], partial[place + half * 4u]); }
        workgroupBarrier();
    }
    if (local.x == 0u && local.y == 0u && quad * 4u < params.length) {
        output[quad] = store(acc(mean(partial[0]), mean(partial[1]), mean(partial[2]), mean(partial[3])));
    }
}
