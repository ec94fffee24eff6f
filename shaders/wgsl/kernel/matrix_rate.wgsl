// Products of cooperative matrices, as many as a device can do, to measure that.
struct Params {
    rounds: u32,
    value: f32,
}

@group(0) @binding(0) var<storage, read_write> output: array<elem>;

override subgroups: u32 = 4u;
override workgroup_size: u32 = 128u;

const SIZE_QUADS = SIZE / 4u;

var<workgroup> operand: array<vec4<f16>, SIZE * SIZE_QUADS>;
var<workgroup> sums: array<acc, subgroups * SIZE * SIZE_QUADS>;

// One workgroup has each of `subgroups` subgroups multiply four pairs of matrices `rounds` times, none of which waits for another, and
// writes one quad of each subgroup's sums.
@compute @workgroup_size(workgroup_size)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
) {
    for (var i = lane; i < SIZE * SIZE_QUADS; i += workgroup_size) {
        operand[i] = vec4<f16>(f16(params.value));
    }
    workgroupBarrier();
    let row = coopLoadT<row_matrix>(&operand[0], SIZE_QUADS);
    let column = coopLoadT<column_matrix>(&operand[0], SIZE_QUADS);
    var a = sum_matrix();
    var b = sum_matrix();
    var c = sum_matrix();
    var d = sum_matrix();
    for (var round = 0u; round < params.rounds; round++) {
        a = coopMultiplyAdd(row, column, a);
        b = coopMultiplyAdd(row, column, b);
        c = coopMultiplyAdd(row, column, c);
        d = coopMultiplyAdd(row, column, d);
    }
    let sum = a + b + c + d;
    coopStoreT(sum, &sums[subgroup * SIZE * SIZE_QUADS], SIZE_QUADS);
    workgroupBarrier();
    if (lane < subgroups) {
        output[group.x * subgroups + lane] = store(sums[lane * SIZE * SIZE_QUADS]);
    }
}
