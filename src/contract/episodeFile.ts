import { z } from 'zod';

/**
 * An episode file is JSON lines: one episode a line, and the manifest as the last line, with the SHA-256 of the bytes of
 * every line before it (without its line break). A file that was cut off has no manifest and is refused.
 */
export const EPISODE_FILE_FORMAT = 'omniguard-episodes/1';
/** What an episode's line begins with. */
export const EPISODE_PART = 'omniguard-episode/1';

export const episodeManifestSchema = z.strictObject({
  format: z.literal(EPISODE_FILE_FORMAT),
  /** ISO 8601, UTC. */
  createdAt: z.string().max(40),
  /** Version of OmniGuard that wrote the file. */
  version: z.string().max(40),
  parts: z
    .array(z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(2) }))
    .min(1)
    .max(1_000_000),
});
export type EpisodeManifest = z.infer<typeof episodeManifestSchema>;

/** The last line of an episode file, without a line break. */
export function episodeManifestLine(manifest: {
  readonly createdAt: string;
  readonly version: string;
  readonly parts: readonly { readonly sha256: string; readonly bytes: number }[];
}): string {
  const { createdAt, version, parts } = manifest;
  return JSON.stringify({
    format: EPISODE_FILE_FORMAT,
    createdAt,
    version,
    parts: parts.map(({ sha256, bytes }) => ({ sha256, bytes })),
  } satisfies EpisodeManifest);
}
