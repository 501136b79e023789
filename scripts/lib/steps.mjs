/** Runs `work` as a named step and prints how long it took. Errors pass through after the line is closed. */
export async function step(title, work) {
	const started = performance.now();
	process.stdout.write(`• ${title} … `);
	try {
		const result = await work();
		process.stdout.write(`${typeof result === 'string' ? `${result}, ` : ''}${seconds(started)}\n`);
		return result;
	} catch (error) {
		process.stdout.write(`failed after ${seconds(started)}\n`);
		throw error;
	}
}

/** Seconds since `started` (a `performance.now()` value) as `1.2 s`. */
export function seconds(started) {
	return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
