// exp of a number that is never positive does not overflow.
fn apply(x: acc) -> acc {
    let e = exp(-abs(x));
    return select(acc(1.0), e, x < acc(0.0)) / (1.0 + e);
}
