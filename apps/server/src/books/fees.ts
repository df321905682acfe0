const BASIS = 10_000n;

/** A share in basis points (hundredths of a percent) of an amount in minor units, rounded half up. */
export function shareHalfUp(amountMinor: bigint, basisPoints: number): bigint {
  return (amountMinor * BigInt(basisPoints) + BASIS / 2n) / BASIS;
}

/** The same, rounded up: for the cover premium, which must not vanish on small amounts. */
export function shareUp(amountMinor: bigint, basisPoints: number): bigint {
  return (amountMinor * BigInt(basisPoints) + BASIS - 1n) / BASIS;
}
