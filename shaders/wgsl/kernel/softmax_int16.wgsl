// exp(beta * (x - max)) over its sum, along rows of `row_length` 16-bit integers: exponentials from a table, their sum in
// Q16.15, its reciprocal from a table.
struct Params {
    rows: u32,
    row_length: u32,
}

// 65536 exponentials, of each difference from the maximum, 0 to -65535; then 65536 values of 1 / (1 + x), by the bits of the
// 16-bit integer x.
@group(0) @binding(3) var<storage, read> tables: array<u32>;

fn row_at(first: u32, count: u32) -> acc {
    if (input_quads) { return quad_at(first); }
    return some_at(first, count);
}

fn entry(i: u32) -> i32 {
    return (bitcast<i32>(tables[i >> 1u]) << (16u - (i & 1u) * 16u)) >> 16u;
}

// The exponentials of four elements, none above `highest`.
fn exp_each(v: acc, highest: i32) -> acc {
    let d = vec4<u32>(acc(highest) - v);
    return acc(entry(d.x), entry(d.y), entry(d.z), entry(d.w));
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

    let highest = highest_of_row(first, lane, -32768);

    var sum = 0;
    for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
        let count = params.row_length - i;
        let v = masked(exp_each(masked(row_at(first + i, count), count, acc(highest)), highest), count, acc(0));
        sum += v.x + v.y + v.z + v.w;
    }
    sum = sum_of_all(sum, lane);

    if (row < params.rows) {
        // Brought to [1, 2), of which the fraction is looked up.
        let headroom = countLeadingZeros(u32(sum)) - 1u;
        let normalized = i32(((u32(sum) << headroom) + 0x2000u) >> 14u);
        let fraction = clamp(normalized - (32768 + 65536), -32768, 32767);
        let reciprocal = entry(65536u + (bitcast<u32>(fraction) & 0xffffu));
        let shift = 30u - headroom;
        for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
            let count = params.row_length - i;
            let v = exp_each(masked(row_at(first + i, count), count, acc(highest)), highest);
            let share = (v * reciprocal + (1 << (shift - 1u))) >> vec4<u32>(shift);
            write_row(first + i, count, clamp(share, acc(0), acc(32767)));
        }
    }
}
