// Running sums of 64-bit integers along an axis.
struct Params {
    // In words.
    length: u32,
    // In integers, as what follows.
    extent: u32,
    // What one step along the axis passes over.
    inner: u32,
}

// Whether an element's sum leaves out the element itself.
override exclusive: bool = false;
// Whether sums run from the end.
override reverse: bool = false;

fn running_sum(i: u32) -> vec2<u32> {
    let at = i / params.inner % params.extent;
    let first = i - at * params.inner;
    let last = params.extent - 1u;
    var count = select(at, last - at, reverse);
    if (!exclusive) { count++; }
    var sum = vec2<u32>();
    for (var step = 0u; step < count; step++) {
        let source = first + select(step, last - step, reverse) * params.inner;
        sum = add64(sum, integer_of(load(input[source >> 1u]), source));
    }
    return sum;
}

fn value(i: u32) -> acc {
    return pair(running_sum(i >> 1u), running_sum((i >> 1u) + 1u));
}
