/** The known name that a misspelt one most likely stands for; null when none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > 64) return null;
  const wanted = name.toLowerCase();
  const scored = known.map((candidate) => ({ candidate, distance: editDistance(wanted, candidate) }));
  const best = scored.reduce<{ candidate: string; distance: number } | null>(
    (least, one) => (least === null || one.distance < least.distance ? one : least),
    null,
  );
  return best !== null && best.distance <= Math.max(2, Math.floor(best.candidate.length / 3)) ? best.candidate : null;
}

/** Insertions, deletions and substitutions between two short words (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
