// Rows of the output are parts of the longer rows of a tensor that has several such; all of them start on multiples of four elements.
@group(0) @binding(0) var<storage, read_write> output: array<elem>;

// Quads of a row, of a whole row of the tensor, and of what lies before the part in each of these.
override row_quads: u32 = 1u;
override whole_row_quads: u32 = 1u;
override quads_before: u32 = 0u;

// Writes `v` as element `first` and those behind it.
fn write_row(first: u32, count: u32, v: acc) {
    let quad = first >> 2u;
    output[quad / row_quads * whole_row_quads + quads_before + quad % row_quads] = store(v);
}
