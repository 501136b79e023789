import { join } from 'node:path';
import { auditExportRoom } from './cli/auditExport';
import { AUDIT_ROOM } from './cli/auditRoom';
import { EXIT_UNUSABLE, runCommand } from './cli/command';
import { connectRoom } from './cli/connectRoom';
import { gatewayRoom } from './cli/gatewayRoom';
import { inspectRoom } from './cli/inspect';
import { type CliOutput } from './cli/output';
import { policyRoom } from './cli/policyRoom';
import { PROBE_ROOM } from './cli/probe';
import { recordExport } from './cli/recordExport';
import { reachableIn } from './cli/registryReach';
import { registryRoom } from './cli/registryRoom';
import { composeCore } from './compose';
import { readSqlWasm } from './storage/sqlWasm';

const out: CliOutput = {
	stdout: line => process.stdout.write(`${line}\n`),
	stderr: line => process.stderr.write(`${line}\n`),
};

// A reader that goes away (`… | head -1`) is no fault of the command, and hides no exit code: it goes on without one. The
// gateway goes on without its stderr; its face ends the session by itself when the client closes stdout.
process.stderr.on('error', () => undefined);
if (process.argv[2] !== 'gateway' && process.argv[2] !== 'connect') {
	process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
		if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') {
			process.exit(EXIT_UNUSABLE);
		}
	});
}

const CATALOGUE = join(__dirname, '../policies/composition.yaml');
const COMMANDS = [
	...policyRoom(CATALOGUE),
	...AUDIT_ROOM,
	...auditExportRoom({ loadWasm: () => readSqlWasm(__dirname), record: recordExport }),
	...registryRoom(reachableIn),
	...gatewayRoom(composeCore, CATALOGUE),
	...connectRoom(composeCore, __filename),
	...PROBE_ROOM,
	...inspectRoom(process.stdin),
];

void runCommand(COMMANDS, process.argv.slice(2), out).then(code => {
	process.exitCode = code;
});
