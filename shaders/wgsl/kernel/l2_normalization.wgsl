// Rows divided by their lengths, or by 1e-6 where that is greater.
struct Params {
    rows: u32,
    row_length: u32,
}

// Whether rows start on multiples of four elements and end on them.
override input_quads: bool = true;
override workgroup_size: u32 = 64u;

var<workgroup> partial: array<f32, workgroup_size>;

// Lanes from `count` on are zero.
fn row_at(first: u32, count: u32) -> acc {
    if (input_quads) { return quad_at(first); }
    return some_at(first, count);
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

    var square = 0.0;
    for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
        let v = row_at(first + i, params.row_length - i);
        square += dot(v, v);
    }
    partial[lane] = square;
    workgroupBarrier();
    square = 0.0;
    for (var other = 0u; other < workgroup_size; other++) { square += partial[other]; }

    if (row < params.rows) {
        var length = max(sqrt(square), 1e-6);
        if (is_no_number(acc(square)).x) { length = square; }
        for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
            let count = params.row_length - i;
            write_row(first + i, count, row_at(first + i, count) / length);
        }
    }
}
