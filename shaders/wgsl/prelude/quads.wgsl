// The entry point of kernels in which every output element stands for itself: `value(i)` gives the elements from `i` on,
// four where `quads` is set (then `i` is a multiple of four), else one, in lane x.
@group(0) @binding(0) var<storage, read_write> output: array<elem>;

override quads: bool = true;
override workgroup_size: u32 = 64u;

// One workgroup computes `workgroup_size` quads of the output, one an invocation, in the order of memory.
@compute @workgroup_size(workgroup_size)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let quad = (group.y * groups.x + group.x) * workgroup_size + lane;
    let first = quad * 4u;
    if (first >= params.length) { return; }
    if (quads) {
        output[quad] = store(value(first));
    } else {
        let last = params.length - 1u;
        output[quad] = store(acc(
            value(first).x,
            value(min(first + 1u, last)).x,
            value(min(first + 2u, last)).x,
            value(min(first + 3u, last)).x,
        ));
    }
}
