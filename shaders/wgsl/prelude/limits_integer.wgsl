// The least and the greatest 32-bit integer.
const LEAST: i32 = -2147483648;
const GREATEST: i32 = 2147483647;
