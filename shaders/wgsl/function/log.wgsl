// Below the least normal float, devices take logarithms of another number: there the argument is 2^24 times as large.
fn apply(x: acc) -> acc {
    return select(log(x), log(x * 16777216.0) - 16.635532, x < acc(1.1754944e-38));
}
