import { writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { toDisposable } from '../../../src/base/disposable';
import { silentLogger } from '../../../src/base/logger';
import { Journal } from '../../../src/storage/journal';
import { signed } from './trailKey';

// A process that appends until it is killed, and tells on stdout what was acknowledged: one `seq hash` a line.
const journal = await Journal.open({
	dir: process.argv[2] ?? '',
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
	...signed(),
});

async function lane(n: number): Promise<never> {
	for (;;) {
		const id = randomUUID();
		const entry = await journal.append(
			{
				id,
				at: new Date().toISOString(),
				kind: 'call',
				outcome: 'answered',
				arguments: { text: 'x'.repeat(n * 300) },
			},
			n % 2 === 0 ? 'synced' : 'written',
		);
		writeSync(1, `${entry.seq} ${entry.hash}\n`);
	}
}

await Promise.all(Array.from({ length: 16 }, (_, n) => lane(n)));
