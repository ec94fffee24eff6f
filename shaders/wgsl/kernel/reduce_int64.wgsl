// A reduction of 64-bit integers over any set of dimensions: `IDENTITY`, `combine` and `finish` name the operation. `Params` is that
// of the other reductions, in integers.
@group(0) @binding(0) var<storage, read_write> output: array<elem>;

override workgroup_slices: u32 = 8u;

var<workgroup> partial: array<vec2<u32>, 2u * workgroup_slices>;

// One workgroup computes a quad of the output, two integers; `workgroup_slices` invocations, a power of two, share what falls together
// in each.
@compute @workgroup_size(2, workgroup_slices)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let quad = group.y * groups.x + group.x;
    var rest = min(quad * 2u + local.x, params.length - 1u);
    var base = 0u;
    for (var d = 0u; d < params.kept_rank; d++) {
        base += rest % params.kept[d].x * params.kept[d].y;
        rest /= params.kept[d].x;
    }
    var result = IDENTITY;
    for (var r = local.y; r < params.count; r += workgroup_slices) {
        var place = r;
        var offset = base;
        for (var d = 0u; d < params.reduced_rank; d++) {
            offset += place % params.reduced[d].x * params.reduced[d].y;
            place /= params.reduced[d].x;
        }
        result = combine(result, integer_of(load(input[offset >> 1u]), offset));
    }
    let place = local.y * 2u + local.x;
    partial[place] = result;
    workgroupBarrier();

    for (var half = workgroup_slices >> 1u; half > 0u; half >>= 1u) {
        if (local.y < half) { partial[place] = combine(partial[place], partial[place + half * 2u]); }
        workgroupBarrier();
    }
    if (local.x == 0u && local.y == 0u && quad * 2u < params.length) {
        output[quad] = pair(finish(partial[0], params.divisor), finish(partial[1], params.divisor));
    }
}
