import { buildTemplate, type TemplateFrame } from '@smile/face';
import type { Candidate } from './candidates.ts';
import type { FaceReader, ScanTemplate } from './types.ts';

/** A template to which more frames may still be added. */
export type OpenTemplate = ScanTemplate & { readonly frames: readonly TemplateFrame[] };

/** Overwrites the numbers, once they are sealed or stored. */
export function wipeTemplate(template: ScanTemplate): void {
  template.mean.fill(0);
  for (const pose of template.poses) pose.fill(0);
}

/**
 * Embeds the frames and averages them by quality. Null when there is no frame, or when two frames do not show one person:
 * somebody may have put another face before the camera after the living one was measured.
 */
export async function makeTemplate(
  reader: FaceReader,
  candidates: readonly Candidate[],
  samePersonFrom: number,
): Promise<OpenTemplate | null> {
  const frames: TemplateFrame[] = [];
  for (const { image, detection, quality } of candidates) {
    frames.push({ raw: await reader.embedRaw(image, detection), quality });
  }
  const finish = (raw: Float32Array) => reader.finishEmbedding(raw);
  const built = buildTemplate(frames, { finish, samePersonFrom, maxSubTemplates: 1 });
  if (!built.ok) return null;
  return { mean: built.mean, poses: [built.mean], frameCount: frames.length, poseCount: 1, frames };
}
