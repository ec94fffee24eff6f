// Sequences of a batch backwards, each as far as it is long.
struct Params {
    length: u32,
    steps: u32,
    // From one step of a sequence to the next.
    step_stride: u32,
    batch: u32,
    // From one sequence to the next.
    batch_stride: u32,
}

@group(0) @binding(3) var<storage, read> lengths: array<i32>;

fn value(i: u32) -> acc {
    let step = i / params.step_stride % params.steps;
    let count = min(u32(lengths[i / params.batch_stride % params.batch]), params.steps);
    let taken = select(step, count - 1u - step, step < count);
    let source = i - step * params.step_stride + taken * params.step_stride;
    if (quads) { return quad_at(source); }
    return one_at(source);
}
