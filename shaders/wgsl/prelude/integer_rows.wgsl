// What kernels of rows of integers have in common. Of a kernel's own is `row_at(first, count)`, four elements of a row from `first` on,
// of which `count` count.

// Whether rows start on multiples of four elements and end on them.
override input_quads: bool = true;
override workgroup_size: u32 = 64u;

var<workgroup> partial: array<i32, workgroup_size>;

// `v` where a lane stands for one of the first `count` elements, else `other`.
fn masked(v: acc, count: u32, other: acc) -> acc {
    return select(other, v, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(count));
}

// The greatest element of the row that begins at `first`, none below `lowest`, in all invocations of the workgroup.
fn highest_of_row(first: u32, lane: u32, lowest: i32) -> i32 {
    var highest = lowest;
    for (var i = lane * 4u; i < params.row_length; i += workgroup_size * 4u) {
        let count = params.row_length - i;
        let v = masked(row_at(first + i, count), count, acc(lowest));
        highest = max(highest, max(max(v.x, v.y), max(v.z, v.w)));
    }
    partial[lane] = highest;
    workgroupBarrier();
    for (var other = 0u; other < workgroup_size; other++) { highest = max(highest, partial[other]); }
    workgroupBarrier();
    return highest;
}

// The sum of each invocation's `own`, in all of them.
fn sum_of_all(own: i32, lane: u32) -> i32 {
    partial[lane] = own;
    workgroupBarrier();
    var sum = 0;
    for (var other = 0u; other < workgroup_size; other++) { sum += partial[other]; }
    return sum;
}
