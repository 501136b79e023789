import { join } from 'node:path';
import { AUDIT_ROOM } from './cli/auditRoom';
import { EXIT_UNUSABLE, runCommand } from './cli/command';
import { gatewayRoom } from './cli/gatewayRoom';
import { type CliOutput } from './cli/output';
import { policyRoom } from './cli/policyRoom';
import { composeCore } from './compose';

const out: CliOutput = {
	stdout: line => process.stdout.write(`${line}\n`),
	stderr: line => process.stderr.write(`${line}\n`),
};

// A reader that goes away (`… | head -1`) is no fault of the command. The gateway goes on without its stderr, and its face
// ends the session by itself when the client closes stdout.
process.stderr.on('error', () => undefined);
if (process.argv[2] !== 'gateway') {
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		process.exit(error.code === 'EPIPE' ? 0 : EXIT_UNUSABLE);
	});
}

const CATALOGUE = join(__dirname, '../policies/composition.yaml');
const COMMANDS = [...policyRoom(CATALOGUE), ...AUDIT_ROOM, ...gatewayRoom(composeCore, CATALOGUE)];

void runCommand(COMMANDS, process.argv.slice(2), out).then(code => {
	process.exitCode = code;
});
