// The nearest real of those from `least` to `greatest` that lie `scale` apart.
struct Params {
    length: u32,
    least: f32,
    greatest: f32,
    scale: f32,
    inverse_scale: f32,
}

fn value(i: u32) -> acc {
    let x = quad_at(i);
    let low = select(acc(params.least), x, acc(params.least) < x);
    let within = select(acc(params.greatest), low, low < acc(params.greatest));
    let place = (within - params.least) * params.inverse_scale;
    let below = floor(place);
    // Halves go up.
    let steps = below + select(acc(0.0), acc(1.0), place - below >= acc(0.5));
    return steps * params.scale + params.least;
}
