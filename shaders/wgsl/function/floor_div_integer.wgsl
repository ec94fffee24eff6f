// The quotient rounded down.
fn combine(a: acc, b: acc) -> acc {
    let remainder = a % b;
    return a / b - select(acc(0), acc(1), (remainder != acc(0)) & ((remainder ^ b) < acc(0)));
}
