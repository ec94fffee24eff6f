// A reduction over any set of dimensions: `IDENTITY`, `combine` and `finish` name the operation. `Params` has the
// dimensions that stay and those that are reduced, innermost first: x, the extent; y, the step in the input. What falls together
// may be cut into `parts` of `part_count` each, of which the output then has one after the other, each padded to whole quads.
@group(0) @binding(0) var<storage, read_write> output: array<elem>;

// Whether the innermost kept dimension is the input's innermost one and a multiple of four.
override quads: bool = true;
// Whether all of the input falls together, four elements in a row at a time.
override lanes: bool = false;
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

// One workgroup computes `workgroup_quads` quads of the output; `workgroup_slices` invocations, a power of two, share the
// reduced elements of a quad.
@compute @workgroup_size(workgroup_quads, workgroup_slices)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let quad = (group.y * groups.x + group.x) * workgroup_quads + local.x;
    let quads_of_part = (params.length + 3u) >> 2u;
    let part = quad / quads_of_part;
    let first = quad % quads_of_part * 4u;
    let base = vec4<u32>(
        kept_offset(first), kept_offset(first + 1u), kept_offset(first + 2u), kept_offset(first + 3u),
    );

    var sum = acc(IDENTITY);
    if (starts_with_first && local.y == 0u) { sum = acc(one_at(0u).x); }
    let begin = part * params.part_count;
    let end = min(begin + params.part_count, params.count);
    for (var r = begin + local.y; r < end; r += workgroup_slices) {
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
    let place = local.y * workgroup_quads + local.x;
    partial[place] = sum;
    workgroupBarrier();

    for (var half = workgroup_slices >> 1u; half > 0u; half >>= 1u) {
        if (local.y < half) {
            partial[place] = combine(partial[place], partial[place + half * workgroup_quads]);
        }
        workgroupBarrier();
    }
    if (local.y == 0u && part < params.parts) {
        sum = partial[local.x];
        if (lanes) {
            sum = combine(combine(acc(sum.x), acc(sum.y)), combine(acc(sum.z), acc(sum.w)));
        }
        output[quad] = store(finish(sum, params.divisor));
    }
}
