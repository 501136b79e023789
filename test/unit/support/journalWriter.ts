import { writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { toDisposable } from '../../../src/base/disposable';
import { silentLogger } from '../../../src/base/logger';
import { FileAnchor } from '../../../src/storage/headAnchor';
import { Journal } from '../../../src/storage/journal';
import { aSigner } from './trailKey';

// A process that appends and tells on stdout what was acknowledged: one `stream seq hash` a line. It goes on until it is
// killed, or, where a count is given, until every lane has appended so many; then it closes.
const [, , root = '', segmentBytes = '16384', count = 'Infinity'] = process.argv;
const journal = await Journal.open({
	dir: join(root, 'trail'),
	clock: {
		now: () => Date.now(),
		monotonic: () => performance.now(),
		schedule(delayMs, run) {
			const timer = setTimeout(run, delayMs);
			return toDisposable(() => clearTimeout(timer));
		},
	},
	ids: { uuid: () => randomUUID(), token: () => '' },
	logger: silentLogger,
	signer: aSigner(),
	anchor: new FileAnchor(join(root, 'anchors'), silentLogger),
	sizes: { segmentBytes: Number(segmentBytes), checkpointEntries: 24, checkpointMs: 20 },
});

async function lane(n: number): Promise<void> {
	for (let at = 0; at < Number(count); at++) {
		const entry = await journal.append(
			{
				...{ id: randomUUID(), at: new Date().toISOString(), kind: 'call', outcome: 'answered' },
				arguments: { text: 'x'.repeat(n * 100) },
			},
			n % 2 === 0 ? 'synced' : 'written',
		);
		writeSync(1, `${journal.stream ?? ''} ${entry.seq} ${entry.hash}\n`);
	}
}

await Promise.all(Array.from({ length: 16 }, (_, n) => lane(n)));
await journal.close();
