import { stat } from 'node:fs/promises';
import { type StreamHead } from '../domain/audit/checkpoint';
import { planTrail, type StreamPlan, type TrailBreak } from '../domain/audit/trailPlan';
import { journalFiles, tombstoneFiles } from './trailReader';
import { StreamReader } from './verifyStream';
import { type VerifyOptions } from './verifyTrail';

/** What a look at the newest streams found. */
export interface NewestReport {
	/** Streams that were read, and how many there are. */
	readonly streams: number;
	readonly of: number;
	/** Of all segments. */
	readonly bytes: number;
	readonly entries: number;
	readonly breaks: readonly TrailBreak[];
}

/**
 * Verifies streams, the one that was begun last first, until they have `bytes`: for a first look that may not take long. What it
 * finds is broken; what it does not find says nothing of the other streams, nor of streams that are gone. Rejects like `verifyTrail`.
 */
export async function verifyNewest(
	dir: string,
	{ bytes: most, heads = [], ...options }: VerifyOptions & { readonly bytes: number },
): Promise<NewestReport> {
	const plan = planTrail([...(await journalFiles(dir)), ...(await tombstoneFiles(dir))]);
	const reader = new StreamReader(dir, options);
	const breaks: TrailBreak[] = [...plan.breaks];
	let [bytes, streams, entries] = [0, 0, 0];
	for (const stream of plan.streams) {
		bytes += await sizeOf(stream);
		if (bytes <= most) {
			const { judge } = await reader.read(stream, ofStream(heads, stream));
			streams++;
			entries += judge.entries;
			breaks.push(...judge.breaks);
		}
	}
	return { streams, of: plan.streams.length, bytes, entries, breaks };
}

function ofStream(heads: readonly StreamHead[], { stream }: StreamPlan): readonly StreamHead[] {
	return heads.filter(head => head.stream === stream);
}

async function sizeOf({ segments }: StreamPlan): Promise<number> {
	const sizes = await Promise.all(
		segments.map(async ({ file }) => {
			const facts = file === undefined ? undefined : await stat(file).catch(() => undefined);
			return facts?.size ?? 0;
		}),
	);
	return sizes.reduce((sum, size) => sum + size, 0);
}
