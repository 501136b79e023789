import { performance } from 'node:perf_hooks';
import { writeSync } from 'node:fs';
import { type Clock } from '../../../src/base/clock';
import { StdioUpstream } from '../../../src/proxy/upstream/stdioUpstream';

// A host of upstreams that lives until it is killed. Its argument is a JSON list of launches; it tells the process ids of
// the servers, which lead their groups, once each has answered a ping.
const clock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	schedule(delayMs, run) {
		const timer = setTimeout(run, delayMs);
		timer.unref();
		return { dispose: () => clearTimeout(timer) };
	},
};
const launches = JSON.parse(process.argv[2] ?? '[]') as { command: string; args: string[] }[];
const pids = await Promise.all(
	launches.map(async launch => {
		const upstream = new StdioUpstream({ ...launch, env: {} }, clock);
		const ignore = () => {};
		await new Promise<void>((resolve, reject) => {
			const listener = {
				line: () => {
					resolve();
					return undefined;
				},
				oversize: ignore,
				oversizeEnd: ignore,
				runaway: ignore,
				end: ignore,
			};
			upstream
				.start(listener)
				.then(() => upstream.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}')))
				.catch(reject);
		});
		return upstream.pid;
	}),
);
writeSync(1, `${JSON.stringify(pids)}\n`);
setInterval(() => {}, 60_000);
