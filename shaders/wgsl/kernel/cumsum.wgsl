// Running sums along an axis.
struct Params {
    length: u32,
    extent: u32,
    // Elements that one step along the axis passes over.
    inner: u32,
}

// Whether an element's sum leaves out the element itself.
override exclusive: bool = false;
// Whether sums run from the end.
override reverse: bool = false;

fn value(i: u32) -> acc {
    let at = i / params.inner % params.extent;
    let first = i - at * params.inner;
    let last = params.extent - 1u;
    var count = select(at, last - at, reverse);
    if (!exclusive) { count++; }
    var sum = acc();
    for (var step = 0u; step < count; step++) {
        let source = first + select(step, last - step, reverse) * params.inner;
        var v: acc;
        if (quads) { v = quad_at(source); } else { v = one_at(source); }
        sum += v;
    }
    return sum;
}
