// Halves go to the even number. What is rounded up to zero is no negative zero, as in the reference.
fn apply(x: acc) -> acc {
    let below = floor(x);
    let rest = x - below;
    let half_below = below * 0.5;
    let is_even = half_below == floor(half_below);
    return select(below + 1.0, below, (rest < acc(0.5)) | ((rest == acc(0.5)) & is_even));
}
