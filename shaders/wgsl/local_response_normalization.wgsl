// Each channel times a power of what its neighbours' squares come to.
struct Params {
    length: u32,
    channels: u32,
    radius: u32,
    bias: f32,
    alpha: f32,
    beta: f32,
}

fn value(i: u32) -> acc {
    let channel = i % params.channels;
    let pixel = i - channel;
    // The channel at the radius itself counts before, and not after.
    let first = channel - min(channel, params.radius);
    let end = min(params.channels, channel + params.radius);
    var sum = 0.0;
    for (var neighbour = first; neighbour < end; neighbour++) {
        let v = one_at(pixel + neighbour).x;
        sum += v * v;
    }
    return one_at(i) * pow(params.bias + params.alpha * sum, -params.beta);
}
