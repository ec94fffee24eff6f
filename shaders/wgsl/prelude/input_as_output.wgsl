// The input lies in memory as the output does.
alias input_elem = elem;
fn load_input(v: input_elem) -> acc { return load(v); }
