// Preloaded into a measured process (node --require). SIGUSR2 starts a watch over the event loop; the next one writes its
// longest block, the CPU time and the live heap to BENCH_PROBE as a line of JSON. Costs nothing before the first signal.
const { appendFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const RESOLUTION_MS = 1;
const file = process.env.BENCH_PROBE;
let watch;
let cpu;

process.on('SIGUSR2', () => {
	if (watch === undefined) {
		watch = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
		watch.enable();
		cpu = process.cpuUsage();
		return;
	}
	watch.disable();
	const longest = Math.max(0, watch.max / 1e6 - RESOLUTION_MS);
	const p99 = Math.max(0, watch.percentile(99) / 1e6 - RESOLUTION_MS);
	watch = undefined;
	const { user, system } = process.cpuUsage(cpu);
	globalThis.gc?.();
	const { heapUsed } = process.memoryUsage();
	appendFileSync(file, `${JSON.stringify({ longest, p99, cpuMs: (user + system) / 1000, heapUsed })}\n`);
});
