// Values go through two steps at most: drivers compile these faster than many.
override step_0: u32 = 0u;
override step_1: u32 = 0u;

// The values from element `first` of the output on, after all steps.
fn epilogue(v: acc, first: u32) -> acc {
    var values: array<acc, 8>;
    values[0] = v;
    var last = v;
    if (step_0 != 0u) { last = step_of(step_0, 0u, first, &values); values[1] = last; }
    if (step_1 != 0u) { last = step_of(step_1, 1u, first, &values); }
    return last;
}
