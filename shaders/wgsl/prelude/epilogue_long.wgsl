// Values go through eight steps at most.
override step_0: u32 = 0u;
override step_1: u32 = 0u;
override step_2: u32 = 0u;
override step_3: u32 = 0u;
override step_4: u32 = 0u;
override step_5: u32 = 0u;
override step_6: u32 = 0u;
override step_7: u32 = 0u;

// The values from element `first` of the output on, after all steps.
fn epilogue(v: acc, first: u32) -> acc {
    var values: array<acc, 8>;
    values[0] = v;
    var last = v;
    if (step_0 != 0u) { last = step_of(step_0, 0u, first, &values); values[1] = last; }
    if (step_1 != 0u) { last = step_of(step_1, 1u, first, &values); values[2] = last; }
    if (step_2 != 0u) { last = step_of(step_2, 2u, first, &values); values[3] = last; }
    if (step_3 != 0u) { last = step_of(step_3, 3u, first, &values); values[4] = last; }
    if (step_4 != 0u) { last = step_of(step_4, 4u, first, &values); values[5] = last; }
    if (step_5 != 0u) { last = step_of(step_5, 5u, first, &values); values[6] = last; }
    if (step_6 != 0u) { last = step_of(step_6, 6u, first, &values); values[7] = last; }
    if (step_7 != 0u) { last = step_of(step_7, 7u, first, &values); }
    return last;
}
