// Where the taps of a convolution meet its input. `Params` has the sizes.

// Whether the rows and columns of the input lie `spread_height` and `spread_width` apart, with nothing between them.
override spread: bool = false;

// The pixel of a tap that meets none.
const NO_PIXEL = 0xffffffffu;

// The row and column of the first tap of an output position, and the first pixel of its image.
fn window_at(position: u32) -> vec3<i32> {
    let row = position / params.output_width;
    let y = row % params.output_height * params.stride_height;
    let x = position % params.output_width * params.stride_width;
    let image = row / params.output_height * params.input_height * params.input_width;
    return vec3<i32>(i32(y) - i32(params.pad_top), i32(x) - i32(params.pad_left), i32(image));
}

// The pixel that the tap in row `fy` and column `fx` of the filter meets.
fn pixel_under(window: vec3<i32>, fy: u32, fx: u32) -> u32 {
    var y = window.x + i32(fy * params.dilation_height);
    var x = window.y + i32(fx * params.dilation_width);
    var between = false;
    if (spread) {
        let step = vec2<i32>(i32(params.spread_height), i32(params.spread_width));
        between = y % step.x != 0 || x % step.y != 0;
        y /= step.x;
        x /= step.y;
    }
    let inside = !between
        && y >= 0 && y < i32(params.input_height) && x >= 0 && x < i32(params.input_width);
    return select(NO_PIXEL, u32(window.z + y * i32(params.input_width) + x), inside);
}
