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
    let scale = params.bias + params.alpha * sum;
    // A device's powers need not keep NaN, nor its product of an infinity and a zero.
    let factor = pow(scale, -params.beta);
    let v = one_at(i);
    let is_infinite = (bitcast<u32>(v.x) & 0x7fffffffu) == 0x7f800000u;
    if (is_no_number(acc(scale)).x || (is_infinite && factor == 0.0)) { return no_number(v); }
    return v * factor;
}
