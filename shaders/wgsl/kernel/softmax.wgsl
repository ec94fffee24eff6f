// exp(beta * (x - max)) over its sum, or the logarithm of that, along rows of `row_length` elements.
struct Params {
    rows: u32,
    row_length: u32,
    beta: f32,
}

// Whether rows start on multiples of four elements and end on them.
override input_quads: bool = true;
override workgroup_size: u32 = 64u;
// Whether the logarithm is written.
override logarithm: bool = false;
// Whether an exponential is rounded to the output's element before it is divided.
override rounded: bool = false;

var<workgroup> partial: array<f32, workgroup_size>;

fn row_at(first: u32, count: u32) -> acc {
    if (input_quads) { return quad_at(first); }
    return some_at(first, count);
}

// `v` where a lane stands for one of the first `count` elements, else `other`.
fn masked(v: acc, count: u32, other: f32) -> acc {
    return select(acc(other), v, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(count));
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

    var highest = LEAST;
    for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
        let count = params.row_length - i;
        let v = masked(row_at(first + i, count), count, LEAST);
        highest = max(highest, max(max(v.x, v.y), max(v.z, v.w)));
    }
    partial[lane] = highest;
    workgroupBarrier();
    for (var other = 0u; other < workgroup_size; other++) { highest = max(highest, partial[other]); }
    workgroupBarrier();

    var sum = 0.0;
    for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
        let count = params.row_length - i;
        let v = exponential((masked(row_at(first + i, count), count, highest) - highest) * params.beta);
        sum += dot(masked(v, count, 0.0), acc(1.0));
    }
    partial[lane] = sum;
    workgroupBarrier();
    sum = 0.0;
    for (var other = 0u; other < workgroup_size; other++) { sum += partial[other]; }

    if (row < params.rows) {
        for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
            let count = params.row_length - i;
            let exponent = (row_at(first + i, count) - highest) * params.beta;
            if (logarithm) {
                write_row(first + i, count, exponent - natural_logarithm(acc(sum)));
            } else {
                var numerator = exponential(exponent);
                if (rounded) { numerator = load(store(numerator)); }
                write_row(first + i, count, numerator / sum);
            }
        }
    }
}
