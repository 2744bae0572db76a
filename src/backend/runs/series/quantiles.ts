/** Quantiles by linear interpolation between the ranked values. @param values finite, at least one; they get sorted in place */
export function quantilesOf(values: Float64Array, shares: readonly number[]): number[] {
  values.sort();
  return shares.map((share) => {
    const rank = share * (values.length - 1);
    const [low, high] = [values[Math.floor(rank)] as number, values[Math.ceil(rank)] as number];
    return low + (high - low) * (rank - Math.floor(rank));
  });
}
