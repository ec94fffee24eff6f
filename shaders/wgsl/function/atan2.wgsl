// The angle of a point whose ordinate is `y` and whose abscissa is `x`, where the device's own function may be off by thousands
// of steps. The arctangent is a polynomial up to tan(π/8), fitted to be off by less than a step.
fn arctangent(ratio: f32) -> f32 {
    var u = ratio;
    var base = 0.0;
    if (ratio > 0.41421357) {
        u = (ratio - 1.0) / (ratio + 1.0);
        base = 0.78539816;
    }
    let z = u * u;
    let p = -0.33333316 + z * (0.1999849 + z * (-0.14243849 + z * (0.10596001 - z * 0.060834531)));
    return base + (u + u * z * p);
}

fn angle(y: f32, x: f32) -> f32 {
    let no_numbers = is_no_number(acc(y, x, 0.0, 0.0));
    if (no_numbers.x || no_numbers.y) { return y + x; }
    let ordinate = abs(y);
    let abscissa = abs(x);
    let longer = max(ordinate, abscissa);
    var ratio = min(ordinate, abscissa) / longer;
    if (ordinate == abscissa) { ratio = select(1.0, 0.0, longer == 0.0); }
    var turned = arctangent(ratio);
    if (ordinate > abscissa) { turned = 1.5707964 - turned; }
    // Zeros have a sign too.
    if ((bitcast<u32>(x) >> 31u) == 1u) { turned = 3.1415927 - turned; }
    return bitcast<f32>(bitcast<u32>(turned) | (bitcast<u32>(y) & 0x80000000u));
}

fn combine(y: acc, x: acc) -> acc {
    return acc(angle(y.x, x.x), angle(y.y, x.y), angle(y.z, x.z), angle(y.w, x.w));
}
