// One of the tensors that a concatenation joins: `rows` rows of `row_length` elements, each to its place in the output's
// longer rows.
struct Params {
    rows: u32,
    row_length: u32,
    output_row_length: u32,
    output_offset: u32,
}

// Whether `row_length` is a multiple of four.
override input_quads: bool = true;
override workgroup_size: u32 = 64u;

// One workgroup copies `workgroup_size` quads, one an invocation; no quad reaches across rows.
@compute @workgroup_size(workgroup_size)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let quad = (group.y * groups.x + group.x) * workgroup_size + lane;
    let row_quads = (params.row_length + 3u) / 4u;
    let row = quad / row_quads;
    if (row >= params.rows) { return; }
    let column = quad % row_quads * 4u;
    let first = row * params.row_length + column;
    let count = params.row_length - column;
    var v: acc;
    if (input_quads) { v = quad_at(first); } else { v = some_at(first, count); }
    write_row(row * params.output_row_length + params.output_offset + column, count, v);
}
