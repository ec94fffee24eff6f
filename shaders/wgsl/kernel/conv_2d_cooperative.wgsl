// Convolution with cooperative matrices, which the invocations of a subgroup hold and multiply together: 16-bit floats, summed as
// 32-bit floats.
// Whether each position is the pixel of the same number.
override pointwise: bool = true;
override subgroup_rows: u32 = 2u;
override subgroup_columns: u32 = 2u;
override workgroup_size: u32 = 128u;

const DEPTH = 2u * SIZE;
const DEPTH_QUADS = DEPTH / 4u;
const SIZE_QUADS = SIZE / 4u;
// Two quads more than a row has, so that rows below each other lie in different banks and each starts on 16 bytes.
const ROW_QUADS = DEPTH_QUADS + 2u;
const PADDING_QUADS = 2u;

var<workgroup> windows: array<vec3<i32>, subgroup_rows * 2u * SIZE>;
var<workgroup> rows: array<vec4<f16>, subgroup_rows * 2u * SIZE * ROW_QUADS>;
var<workgroup> columns: array<vec4<f16>, DEPTH * (subgroup_columns * 2u * SIZE_QUADS + PADDING_QUADS)>;
// Where each subgroup lays a matrix of sums down to take it up by elements.
var<workgroup> sums: array<acc, subgroup_rows * subgroup_columns * SIZE * SIZE_QUADS>;

alias tile_elem = vec4<f16>;
fn tile_of_input(first: u32, count: u32) -> tile_elem {
    if (input_quads) { return input[first >> 2u]; }
    return tile_elem(some_at(first, count));
}
fn tile_of_weight(v: weight_elem) -> tile_elem { return v; }
fn tile_positions() -> u32 { return subgroup_rows * 2u * SIZE; }
fn tile_quads() -> u32 { return subgroup_columns * 2u * SIZE_QUADS; }
fn column_quads() -> u32 { return tile_quads() + PADDING_QUADS; }
fn invocations() -> u32 { return workgroup_size; }

// One workgroup computes `subgroup_rows` x 2 x SIZE output positions by `subgroup_columns` x 2 x SIZE output channels of one group;
// one subgroup, two by two matrices.
@compute @workgroup_size(workgroup_size)
fn main(
    @builtin(workgroup_id) tile: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_invocation_id) subgroup_lane: u32,
    @builtin(subgroup_size) subgroup_size: u32,
) {
    let position = tile.y * tile_positions();
    let quad = tile.z * (params.group_channels >> 2u) + tile.x * tile_quads();
    let row = subgroup / subgroup_columns * 2u * SIZE;
    let column = subgroup % subgroup_columns * 2u * SIZE_QUADS;

    find_windows(lane, position);
    workgroupBarrier();

    var sum00 = sum_matrix();
    var sum01 = sum_matrix();
    var sum10 = sum_matrix();
    var sum11 = sum_matrix();
    for (var step = 0u; step < depth(); step += DEPTH) {
        load_tiles(lane, position, quad, tile.z, step);
        workgroupBarrier();
        for (var k = 0u; k < DEPTH_QUADS; k += SIZE_QUADS) {
            let row0 = coopLoadT<row_matrix>(&rows[row * ROW_QUADS + k], ROW_QUADS);
            let row1 = coopLoadT<row_matrix>(&rows[(row + SIZE) * ROW_QUADS + k], ROW_QUADS);
            let first = k * 4u * column_quads() + column;
            let column0 = coopLoadT<column_matrix>(&columns[first], column_quads());
            let column1 = coopLoadT<column_matrix>(&columns[first + SIZE_QUADS], column_quads());
            sum00 = coopMultiplyAdd(row0, column0, sum00);
            sum01 = coopMultiplyAdd(row0, column1, sum01);
            sum10 = coopMultiplyAdd(row1, column0, sum10);
            sum11 = coopMultiplyAdd(row1, column1, sum11);
        }
        workgroupBarrier();
    }

    let own = subgroup * SIZE * SIZE_QUADS;
    for (var matrix = 0u; matrix < 4u; matrix++) {
        switch matrix {
            case 0u: { let v = sum00; coopStoreT(v, &sums[own], SIZE_QUADS); }
            case 1u: { let v = sum01; coopStoreT(v, &sums[own], SIZE_QUADS); }
            case 2u: { let v = sum10; coopStoreT(v, &sums[own], SIZE_QUADS); }
            default: { let v = sum11; coopStoreT(v, &sums[own], SIZE_QUADS); }
        }
        workgroupBarrier();
        for (var i = subgroup_lane; i < SIZE * SIZE_QUADS; i += subgroup_size) {
            let at = position + row + matrix / 2u * SIZE + i / SIZE_QUADS;
            finish_in_group(at, quad + column + matrix % 2u * SIZE_QUADS + i % SIZE_QUADS, tile.z, sums[own + i]);
        }
        workgroupBarrier();
    }
}
