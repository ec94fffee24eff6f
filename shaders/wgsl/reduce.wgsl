// A reduction over any set of dimensions: `IDENTITY`, `combine` and `finish` name the operation. `Params` has the
// dimensions that stay and those that are reduced, innermost first: x, the extent; y, the step in the input.
@group(0) @binding(0) var<storage, read_write> output: array<elem>;

// Whether the innermost kept dimension is the input's innermost one and a multiple of four.
override quads: bool = true;
// Whether the one element of the output starts with the input's first: as in the reference, a NaN there stays.
override starts_with_first: bool = false;
override workgroup_quads: u32 = 8u;
override workgroup_slices: u32 = 8u;

var<workgroup> partial: array<acc, workgroup_quads * workgroup_slices>;

fn kept_offset(i: u32) -> u32 {
    var rest = min(i, params.length - 1u);
    var offset = 0u;
    for (var d = 0u; d < params.kept_rank; d++) {
        offset += rest % params.kept[d].x * params.kept[d].y;
        rest /= params.kept[d].x;
    }
    return offset;
}

// One workgroup computes `workgroup_quads` quads of the output; `workgroup_slices` invocations share the reduced elements
// of a quad.
@compute @workgroup_size(workgroup_quads, workgroup_slices)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let quad = (group.y * groups.x + group.x) * workgroup_quads + local.x;
    let first = quad * 4u;
    let base = vec4<u32>(
        kept_offset(first), kept_offset(first + 1u), kept_offset(first + 2u), kept_offset(first + 3u),
    );

    var sum = acc(IDENTITY);
    if (starts_with_first && local.y == 0u) { sum = acc(one_at(0u).x); }
    for (var r = local.y; r < params.count; r += workgroup_slices) {
        var rest = r;
        var offset = 0u;
        for (var d = 0u; d < params.reduced_rank; d++) {
            offset += rest % params.reduced[d].x * params.reduced[d].y;
            rest /= params.reduced[d].x;
        }
        if (quads) {
            sum = combine(sum, quad_at(base.x + offset));
        } else {
            sum = combine(sum, acc(
                one_at(base.x + offset).x, one_at(base.y + offset).x, one_at(base.z + offset).x, one_at(base.w + offset).x,
            ));
        }
    }
    partial[local.y * workgroup_quads + local.x] = sum;
    workgroupBarrier();

    if (local.y == 0u && first < params.length) {
        for (var slice = 1u; slice < workgroup_slices; slice++) {
            sum = combine(sum, partial[slice * workgroup_quads + local.x]);
        }
        output[quad] = store(finish(sum, params.count));
    }
}
