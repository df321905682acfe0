/** Linear light 0..1 of every 8-bit sRGB value (IEC 61966-2-1). */
export const LINEAR_OF_SRGB8: Float64Array = Float64Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});
