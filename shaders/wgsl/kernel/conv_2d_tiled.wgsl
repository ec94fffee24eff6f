// Convolution with tiles of its operands in workgroup memory and sums in registers.
// Whether each position is the pixel of the same number.
override pointwise: bool = true;
override workgroup_channels: u32 = 8u;
override workgroup_positions: u32 = 16u;

const DEPTH = 16u;
const DEPTH_QUADS = 4u;
// One quad more than a row has, so that rows below each other lie in different banks.
const ROW_QUADS = 5u;
// Positions of one invocation.
const POSITIONS = 4u;

var<workgroup> windows: array<vec3<i32>, workgroup_positions * POSITIONS>;
var<workgroup> rows: array<acc, workgroup_positions * POSITIONS * ROW_QUADS>;
var<workgroup> columns: array<acc, DEPTH * workgroup_channels * 2u>;

alias tile_elem = acc;
fn tile_of_input(first: u32, count: u32) -> tile_elem { return input_at(first, count); }
fn tile_of_weight(v: weight_elem) -> tile_elem { return acc(load_weight(v)); }
fn tile_positions() -> u32 { return workgroup_positions * POSITIONS; }
fn tile_quads() -> u32 { return workgroup_channels * 2u; }
fn column_quads() -> u32 { return tile_quads(); }
fn invocations() -> u32 { return workgroup_channels * workgroup_positions; }

// One workgroup computes `workgroup_positions` x 4 output positions by `workgroup_channels` x 8 output channels of one group; one
// invocation, 4 positions by two quads of channels, which lie `workgroup_channels` quads apart.
@compute @workgroup_size(workgroup_channels, workgroup_positions)
fn main(
    @builtin(workgroup_id) tile: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let position = tile.y * tile_positions();
    let quad = tile.z * (params.group_channels >> 2u) + tile.x * tile_quads();
    let row = local.y * POSITIONS;

    find_windows(lane, position);
    workgroupBarrier();

    var low: array<acc, POSITIONS>;
    var high: array<acc, POSITIONS>;
    for (var step = 0u; step < depth(); step += DEPTH) {
        load_tiles(lane, position, quad, tile.z, step);
        workgroupBarrier();
        for (var k = 0u; k < DEPTH_QUADS; k++) {
            let w = k * 4u * column_quads() + local.x;
            let l0 = columns[w];
            let h0 = columns[w + workgroup_channels];
            let l1 = columns[w + column_quads()];
            let h1 = columns[w + column_quads() + workgroup_channels];
            let l2 = columns[w + 2u * column_quads()];
            let h2 = columns[w + 2u * column_quads() + workgroup_channels];
            let l3 = columns[w + 3u * column_quads()];
            let h3 = columns[w + 3u * column_quads() + workgroup_channels];
            for (var p = 0u; p < POSITIONS; p++) {
                let v = rows[(row + p) * ROW_QUADS + k];
                low[p] += v.x * l0 + v.y * l1 + v.z * l2 + v.w * l3;
                high[p] += v.x * h0 + v.y * h1 + v.z * h2 + v.w * h3;
            }
        }
        workgroupBarrier();
    }

    for (var p = 0u; p < POSITIONS; p++) {
        finish_in_group(position + row + p, quad + local.x, tile.z, low[p]);
        finish_in_group(position + row + p, quad + local.x + workgroup_channels, tile.z, high[p]);
    }
}
