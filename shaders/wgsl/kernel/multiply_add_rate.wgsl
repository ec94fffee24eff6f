// Products and sums in registers, as many as a device can do, to measure that.
struct Params {
    length: u32,
    rounds: u32,
    factor: f32,
    summand: f32,
}

@group(0) @binding(0) var<storage, read_write> output: array<elem>;

override workgroup_size: u32 = 64u;

// One workgroup computes `workgroup_size` quads of the output, one an invocation: each is the sum of eight that `rounds` products
// and sums were done on, none of which waits for another.
@compute @workgroup_size(workgroup_size)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let quad = (group.y * groups.x + group.x) * workgroup_size + lane;
    if (quad * 4u >= params.length) { return; }
    let factor = acc(params.factor);
    let summand = acc(params.summand);
    var a = acc(f32(quad));
    var b = a + summand;
    var c = b + summand;
    var d = c + summand;
    var e = d + summand;
    var f = e + summand;
    var g = f + summand;
    var h = g + summand;
    for (var round = 0u; round < params.rounds; round++) {
        a = a * factor + summand;
        b = b * factor + summand;
        c = c * factor + summand;
        d = d * factor + summand;
        e = e * factor + summand;
        f = f * factor + summand;
        g = g * factor + summand;
        h = h * factor + summand;
    }
    output[quad] = store(a + b + c + d + e + f + g + h);
}
