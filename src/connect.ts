import { join } from 'node:path';
import { errorText } from './base/errors';
import { readConnectOptions, runConnect } from './cli/connect';
import { systemClock } from './storage/system';

// The shim alone, so that a client has its server at once: `connect` without the core, which only a gateway needs.

const LAST_BYTES_MS = 2_000;
const EXIT_USAGE = 64;

const ending = new AbortController();
const end = () => {
	ending.abort();
};
process.on('SIGINT', end).on('SIGTERM', end);
// Who started us may read our log or not.
process.stderr.on('error', () => undefined);

function tell(line: string): void {
	process.stderr.write(`mcp-firewall: ${line}\n`);
}

async function run(): Promise<number> {
	return runConnect(readConnectOptions(process.argv.slice(2)), {
		input: process.stdin,
		output: process.stdout,
		clock: systemClock,
		commandLine: [process.execPath, join(__dirname, 'cli.cjs')],
		tell,
		signal: ending.signal,
	});
}

/** What was written may still be on its way to the client, so the process ends by itself; nothing may hold it for long. */
function leave(code: number): void {
	process.exitCode = code;
	systemClock.schedule(LAST_BYTES_MS, () => process.exit());
}

run().then(leave, (error: unknown) => {
	tell(errorText(error));
	leave(EXIT_USAGE);
});
