// The least and the greatest finite float.
const LEAST: f32 = -3.4028234663852886e38;
const GREATEST: f32 = 3.4028234663852886e38;
