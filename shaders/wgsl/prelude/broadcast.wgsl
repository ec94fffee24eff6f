// Where the elements of two operands lie that meet in element `i` of the output.
fn meeting_at(i: u32) -> vec2<u32> {
    var rest = i;
    var places = vec2<u32>();
    for (var d = 0u; d < params.rank; d++) {
        let dim = params.dims[d];
        places += rest % dim.x * dim.yz;
        rest /= dim.x;
    }
    return places;
}
