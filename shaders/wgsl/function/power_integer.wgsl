// The power with an exponent of 0 or more, which wraps.
fn combine(base: acc, exponent: acc) -> acc {
    var square = base;
    var power = acc(1);
    for (var bit = 0u; bit < 31u; bit++) {
        power = select(power, power * square, (exponent & acc(1 << bit)) != acc(0));
        square *= square;
    }
    return power;
}
